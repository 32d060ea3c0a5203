//! Where a capture is in force: the guard's thread, and the tasks and threads it is carried into.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tracing::{Dispatch, Span, dispatcher, span::EnteredSpan};
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use super::{active::Active, default::ThreadDefault, layer::CaptureLayer, root, store::Store};

/// Carries a capture into threads and tasks that the test starts; made by [`Calls::scope`](super::Calls::scope).
///
/// ```
/// use llm_span::testing;
///
/// let calls = testing::capture();
/// let scope = calls.scope();
/// let worker = std::thread::spawn(move || {
///     scope.in_scope(|| {
///         llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o").enter().succeed(llm_span::Usage::new(128, 64));
///     });
/// });
/// worker.join().unwrap();
/// assert_eq!(calls.tokens().total, 192);
/// ```
#[derive(Clone, Debug)]
pub struct Scope {
    dispatch: Dispatch,
    pub(super) store: Arc<Store>,
    /// The root span and the number of the layer, where the capture is attached to a subscriber of the user's.
    root: Option<(Span, u64)>,
    /// There is a layer to attach to, and a filter hides the root span from it.
    pub(super) hidden: bool,
}

impl Scope {
    /// Attaches a capture to the current subscriber, or installs one for it.
    pub(super) fn new(store: Arc<Store>) -> Self {
        let current = dispatcher::get_default(|dispatch| {
            let layer = dispatch.downcast_ref::<CaptureLayer>()?;
            Some((dispatch.clone(), layer.number()))
        });
        let hidden = current.is_some();
        if let Some((dispatch, layer)) = current
            && let Some(span) = root::open(layer, &store)
        {
            return Self { dispatch, store, root: Some((span, layer)), hidden: false };
        }
        let layer = CaptureLayer::new(Some(Arc::clone(&store)));
        let dispatch = Dispatch::new(Registry::default().with(layer));
        Self { dispatch, store, root: None, hidden }
    }

    /// Runs a closure in which the capture is in force.
    pub fn in_scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _within = self.enter();
        body()
    }

    /// A future in which the capture is in force, on whichever thread it is polled: what a spawned task runs.
    ///
    /// The spans opened in it have no parent. To keep them below the current span, instrument the inner future first, by
    /// `tracing::Instrument::in_current_span`.
    ///
    /// Not named `instrument`: where `tracing::Instrument` is in scope, that trait's method would be called.
    pub fn capture<F: Future>(&self, future: F) -> Captured<F> {
        Captured { future: Some(future), scope: self.clone() }
    }

    pub(super) fn enter(&self) -> Within {
        let root = self.root.as_ref();
        // What the user has made the default stays so by the user's guard, and ends with it.
        let is_there = root.is_some_and(|(_, layer)| !ThreadDefault::is_any_set() && is_current(*layer));
        let default = (!is_there).then(|| ThreadDefault::set(&self.dispatch));
        Within {
            _root: root.map(|(span, _)| span.clone().entered()),
            _active: root.map(|(_, layer)| Active::new(*layer, Arc::clone(&self.store))),
            _default: default,
        }
    }

    /// Calls that the layer saw and that belong to no capture; other tests' may be among them.
    pub(super) fn strays(&self) -> usize {
        let layer = self.dispatch.downcast_ref::<CaptureLayer>().filter(|_| self.root.is_some());
        layer.map_or(0, CaptureLayer::strays)
    }
}

/// Whether the layer of that number stands in this thread's subscriber.
fn is_current(layer: u64) -> bool {
    let number = dispatcher::get_default(|dispatch| dispatch.downcast_ref::<CaptureLayer>().map(CaptureLayer::number));
    number == Some(layer)
}

/// The time in which a capture is in force on a thread. Dropped in the order of its fields.
#[derive(Debug)]
pub(super) struct Within {
    _root: Option<EnteredSpan>,
    _active: Option<Active>,
    _default: Option<ThreadDefault>,
}

pin_project_lite::pin_project! {
    /// A future in which a capture is in force; made by [`Scope::capture`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Captured<F> {
        #[pin]
        future: Option<F>,
        scope: Scope,
    }

    impl<F> PinnedDrop for Captured<F> {
        fn drop(this: Pin<&mut Self>) {
            // A call that is cancelled here ends here.
            let mut this = this.project();
            if this.future.is_some() {
                let _within = this.scope.enter();
                this.future.set(None);
            }
        }
    }
}

impl<F: Future> Future for Captured<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Pending; // polled after it was ready, which no caller does
        };
        let _within = this.scope.enter();
        let polled = future.poll(context);
        if polled.is_ready() {
            this.future.set(None);
        }
        polled
    }
}
