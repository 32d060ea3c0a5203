//! A future with a correlation that is current while it is polled.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    Correlation,
    current::{After, Frame},
};

pin_project_lite::pin_project! {
    /// The future of [`Correlation::run`]; `Send` where the one inside is.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CorrelationFuture<F> {
        #[pin]
        body: Option<F>,
        correlation: Correlation,
        is_polled: bool,
    }

    impl<F> PinnedDrop for CorrelationFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body drops when it is cancelled may make calls.
            if this.body.is_some() {
                let _frame = Frame::push(this.correlation, After::Falls);
                this.body.set(None);
            }
        }
    }
}

impl<F> CorrelationFuture<F> {
    pub(super) fn new(correlation: Correlation, body: F) -> Self {
        Self { body: Some(body), correlation, is_polled: false }
    }
}

impl<F: Future> Future for CorrelationFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Pending; // polled after it was ready, which no caller does
        };
        if !std::mem::replace(this.is_polled, true) {
            *this.correlation = std::mem::take(this.correlation).inheriting();
        }
        let _frame = Frame::push(this.correlation, After::Falls);
        let polled = body.poll(context);
        if polled.is_ready() {
            this.body.set(None);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, task::Waker};

    use super::*;
    use crate::correlation::current::enter;

    fn user() -> Option<String> {
        Correlation::current().user_id().map(str::to_owned)
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Pends once.
    async fn turn() {
        let mut is_polled = false;
        std::future::poll_fn(|_| if std::mem::replace(&mut is_polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    #[test]
    fn it_is_current_during_each_poll_and_not_between() {
        let mut future = pin!(Correlation::new().user("u").run(async {
            let before = user();
            turn().await;
            (before, user())
        }));
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(user(), None);
        let both = Some("u".to_owned());
        assert_eq!(poll(future.as_mut()), Poll::Ready((both.clone(), both)));
        assert_eq!(user(), None);
    }

    #[test]
    fn it_inherits_where_it_is_written_and_where_it_is_first_polled() {
        let ids = || {
            let current = Correlation::current();
            [current.conversation_id(), current.session_id(), current.user_id()].map(|id| id.unwrap_or_default().to_owned())
        };
        let written = Correlation::new().user("u").in_scope(|| Correlation::new().session("s").run(async { ids() }));
        let mut polled = pin!(Correlation::new().conversation("c").user("v").run(written));
        assert_eq!(poll(polled.as_mut()), Poll::Ready(["c", "s", "u"].map(str::to_owned)));
    }

    #[test]
    fn what_a_cancelled_future_drops_still_sees_it() {
        struct Last<'a>(&'a mut Option<String>);
        impl Drop for Last<'_> {
            fn drop(&mut self) {
                *self.0 = user();
            }
        }
        let mut seen = None;
        {
            let last = Last(&mut seen);
            let mut future = Box::pin(Correlation::new().user("u").run(async move {
                let _last = last;
                std::future::pending::<()>().await;
            }));
            assert!(poll(future.as_mut()).is_pending());
        }
        assert_eq!(seen.as_deref(), Some("u"));
        assert_eq!(user(), None);
    }

    #[test]
    fn a_guard_that_is_held_across_an_await_does_not_outlive_the_poll() {
        let mut future = pin!(Correlation::new().user("u").run(async {
            let _wrong = enter(&Correlation::new().user("wrong"));
            turn().await;
        }));
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(user(), None);
    }

    #[tokio::test]
    async fn it_goes_with_a_task() {
        let spawn = || tokio::spawn(Correlation::current().run(async { (tokio::task::yield_now().await, user()).1 }));
        let task = Correlation::new().user("u").in_scope(spawn);
        assert_eq!(task.await.expect("a task").as_deref(), Some("u"));
    }
}
