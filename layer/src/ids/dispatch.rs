//! The dispatch a layer belongs to.
//!
//! A layer is told its dispatch through `Layer::on_register_dispatch`, but not when it stands in an `Option`, a `Vec`,
//! an `Arc<Subscriber>`, or was put in place by a reload. Then the thread's default is taken, once it is proven to be
//! the one the layer belongs to.

use std::ptr;
use std::sync::OnceLock;
use tracing::dispatcher::{self, WeakDispatch};
use tracing::{Dispatch, span};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// A layer's own dispatch, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct DispatchHandle {
    known: OnceLock<WeakDispatch>,
}

/// Left in a span's extensions: two views of a span are of the same registry if they see it at the same address. Not
/// of size zero, since those have no address of their own.
struct Mark(#[allow(dead_code, reason = "only there to have an address")] u8);

impl DispatchHandle {
    /// To be called from `Layer::on_register_dispatch`.
    pub(crate) fn register(&self, dispatch: &Dispatch) {
        let _ = self.known.set(dispatch.downgrade());
    }

    /// Whether there is nothing to adopt any more.
    #[inline]
    pub(crate) fn is_known(&self) -> bool {
        self.known.get().is_some()
    }

    /// To be called from the hooks of a layer, the layer itself given: takes the thread's default dispatch if none is
    /// known yet and the layer stands in it. Costs one atomic load once a dispatch is known.
    ///
    /// Inside `on_event` and `on_new_span` no default is seen where it was set for a scope; in `on_enter` and
    /// `on_record` it is. A layer in a reload is not recognized: [`adopt_by_span`](Self::adopt_by_span) serves there.
    #[inline]
    pub(crate) fn adopt<L: 'static>(&self, layer: &L) {
        if !self.is_known() {
            self.adopt_default(|dispatch| dispatch.downcast_ref::<L>().is_some_and(|found| ptr::eq(found, layer)));
        }
    }

    /// The same, recognizing the dispatch by a span of the layer's. The caller holds no extensions guard.
    pub(crate) fn adopt_by_span<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) {
        if !self.is_known() {
            self.adopt_default(|dispatch| is_of(span, dispatch));
        }
    }

    #[cold]
    fn adopt_default(&self, is_ours: impl Fn(&Dispatch) -> bool) {
        dispatcher::get_default(|dispatch| {
            if is_ours(dispatch) {
                self.register(dispatch);
            }
        });
    }

    /// The dispatch, if it is known and alive.
    pub(crate) fn get(&self) -> Option<Dispatch> {
        self.known.get()?.upgrade()
    }

    /// Calls `f` with a span of the registry itself, which no per-layer filter hides. `None` where the dispatch is not
    /// known, stands on another registry, or has no such span.
    pub(crate) fn with_span<T>(&self, id: &span::Id, f: impl FnOnce(&SpanRef<'_, Registry>, &Dispatch) -> T) -> Option<T> {
        let dispatch = self.get()?;
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        Some(f(&span, &dispatch))
    }
}

/// Whether the span is one of the dispatch's registry.
fn is_of<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, dispatch: &Dispatch) -> bool {
    let registry = dispatch.downcast_ref::<Registry>();
    let Some(theirs) = registry.and_then(|registry| registry.span(&span.id())) else {
        return false;
    };
    let ours = leave_mark(span);
    let theirs = theirs.extensions().get::<Mark>().map(address);
    theirs == Some(ours)
}

fn leave_mark<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> usize {
    let mut extensions = span.extensions_mut();
    if extensions.get_mut::<Mark>().is_none() {
        extensions.replace(Mark(0));
    }
    extensions.get_mut::<Mark>().map_or(0, |mark| address(mark))
}

fn address(mark: &Mark) -> usize {
    ptr::from_ref(mark).addr()
}
