//! Runs a call's body: a closure, or a future poll by poll.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    Call,
    scope::{Above, Inside, Unheard},
};

/// Runs a synchronous body inside the call.
///
/// A helper, because a closure called where it is written can't return what it borrows from its captures.
#[inline]
pub fn once<R>(call: &mut Call, body: impl FnOnce() -> R) -> R {
    let inside = Inside::enter(call, Above::Stays);
    let returned = body();
    inside.left();
    returned
}

/// Runs a synchronous body whose call began without a subscriber.
#[inline]
pub fn unheard<R>(body: impl FnOnce() -> R) -> R {
    let _unheard = Unheard::enter();
    body()
}

/// The body as it is; tells inference that it runs once, as it may give away what it owns or lend what it borrows.
#[inline]
pub fn body<R, B: FnOnce() -> R>(body: B) -> B {
    body
}

/// The call, if it may be heard: what is done at its end goes by what was known when it began, which needs no look at it.
#[inline]
pub fn heard(off: bool, call: &mut Call) -> Option<&mut Call> {
    if off { None } else { Some(call) }
}

/// Whether there is nothing to be done at the end of that call: nobody listens to it.
#[inline]
pub fn is_unheard(call: &Call) -> bool {
    !matches!(call, Call::Open(_))
}

/// Lets go of a call that nobody listens to.
#[inline]
pub fn pass(call: Call) {
    std::mem::forget(call);
}

/// Runs an asynchronous body inside the call: each poll enters the span and makes the call the innermost one.
#[inline]
pub fn run<F: Future>(call: &mut Call, body: F) -> Run<'_, F> {
    Run { body: Some(body), call }
}

/// The same of a body that stays where it is, below the call: an async block, which drops all that it has before it returns.
///
/// Moved into a future of ours it would be copied, be the call heard or not. `None`: the call began without a subscriber.
#[inline]
pub fn run_here<'c, F: Future>(call: Option<&'c mut Call>, body: Pin<&'c mut F>) -> Here<'c, F> {
    Here { call, body }
}

/// The future of [`run_here`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Here<'c, F> {
    /// `None`: it began without a subscriber, or its body has returned, which is not polled again.
    call: Option<&'c mut Call>,
    body: Pin<&'c mut F>,
}

impl<F: Future> Future for Here<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let Some(call) = this.call.as_deref_mut() else {
            let _unheard = Unheard::enter();
            return this.body.as_mut().poll(context);
        };
        let inside = Inside::enter(call, Above::Falls);
        let polled = this.body.as_mut().poll(context);
        inside.left();
        if polled.is_ready() {
            this.call = None;
        }
        polled
    }
}

impl<F> Drop for Here<'_, F> {
    #[inline]
    fn drop(&mut self) {
        if let Some(call) = &mut self.call {
            call.enter_to_drop();
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`run`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Run<'c, F> {
        #[pin]
        body: Option<F>,
        call: &'c mut Call,
    }

    impl<F> PinnedDrop for Run<'_, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body drops when it is cancelled may log, and may record the usage it had.
            if this.body.is_some() && !matches!(this.call, Call::Off) {
                let left_by_panic = matches!(this.call, Call::Open(open) if open.inside);
                let inside = Inside::enter(this.call, Above::Falls);
                this.body.set(None);
                inside.left();
                if let Call::Open(open) = this.call {
                    open.inside = left_by_panic;
                }
            }
        }
    }
}

impl<F: Future> Future for Run<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Pending; // polled after it was ready, which no caller does
        };
        let inside = Inside::enter(this.call, Above::Falls);
        let polled = body.poll(context);
        if polled.is_ready() {
            this.body.set(None);
        }
        inside.left();
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::scope::{Innermost, innermost};

    fn lost() -> bool {
        matches!(innermost(), Innermost::None)
    }

    #[test]
    fn what_a_body_records_is_not_lost_when_its_call_began_without_a_subscriber() {
        assert!(lost());
        assert!(!once(&mut Call::Off, lost));
        let mut call = Call::Off;
        let mut future = std::pin::pin!(run(&mut call, async { lost() }));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(false));
        let _ = std::panic::catch_unwind(|| once(&mut Call::Off, || -> () { std::panic::panic_any(5) }));
        assert!(lost());
    }
}
