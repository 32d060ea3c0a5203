//! A task, or a thread's work, that runs as a part of a call it was given the handle of.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::handle::{CallHandle, Home};

pin_project_lite::pin_project! {
    /// The future of [`CallHandle::run`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InCall<F> {
        #[pin]
        future: Option<F>,
        scope: Scope,
    }

    impl<F> PinnedDrop for InCall<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What a task drops when it is aborted may record.
            this.scope.enter(|| this.future.set(None));
        }
    }
}

/// Where the task belongs.
#[derive(Debug)]
pub(super) struct Scope {
    call: CallHandle,
    home: Arc<Home>,
}

impl Scope {
    pub(super) fn new(call: CallHandle, home: Arc<Home>) -> Self {
        Self { call, home }
    }

    pub(super) fn enter<R>(&self, body: impl FnOnce() -> R) -> R {
        self.home.enter(|| {
            let _lent = self.call.lend();
            body()
        })
    }
}

impl<F> InCall<F> {
    pub(super) fn new(scope: Scope, future: F) -> Self {
        Self { future: Some(future), scope }
    }
}

impl<F: Future> Future for InCall<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.future.as_pin_mut() {
            Some(future) => this.scope.enter(|| future.poll(context)),
            None => Poll::Pending, // only while it is dropped
        }
    }
}
