//! A future whose panic is an error.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

/// It has panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panicked;

/// Polls a future, and drops it, so that its panic ends it alone.
pub(super) async fn caught<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut kept = Kept(Some(Box::pin(future)));
    let polled = poll_fn(|context| {
        let Some(future) = kept.0.as_mut() else { return Poll::Ready(Err(Panicked)) };
        // What it has borrowed or shared is its own, or behind locks that tell of a panic.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    });
    let ended = polled.await;
    if kept.forget() { ended } else { Err(Panicked) }
}

struct Kept<T>(Option<T>);

impl<T> Kept<T> {
    fn forget(&mut self) -> bool {
        let kept = self.0.take();
        catch_unwind(AssertUnwindSafe(|| drop(kept))).is_ok()
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any("dropped");
        }
    }

    #[tokio::test]
    async fn a_panic_is_an_error_when_polled_and_when_dropped() {
        assert_eq!(caught(async { 5 }).await, Ok(5));
        assert_eq!(caught(async { std::panic::panic_any("polled") }).await, Err::<(), _>(Panicked));
        let bomb = Bomb;
        assert_eq!(caught(async { drop(bomb) }).await, Err(Panicked));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_cancelled_panics_alone() {
        let bomb = Bomb;
        let endless = caught(async move {
            let _bomb = bomb;
            std::future::pending::<()>().await;
        });
        assert!(tokio::time::timeout(std::time::Duration::from_secs(1), endless).await.is_err());
    }
}
