//! The spans that a capture opens itself: its root, from which the spans of the capture descend, and the probe.

use std::{cell::RefCell, sync::Arc};

use tracing::{Metadata, Span};

use super::store::Store;

/// The target of both. They have the level of calls, `INFO`: a filter that hides calls hides them, and so shows itself.
const TARGET: &str = "llm_span::testing";
const ROOT: &str = "capture";
const PROBE: &str = "probe";

/// What a span is to the layer.
pub(super) enum Role {
    /// A capture begins here.
    Root,
    /// A question whether the capture is in force.
    Probe,
    /// A span of the program.
    Span,
}

pub(super) fn role(metadata: &Metadata<'_>) -> Role {
    match (metadata.target(), metadata.name()) {
        (TARGET, ROOT) => Role::Root,
        (TARGET, PROBE) => Role::Probe,
        _ => Role::Span,
    }
}

thread_local! {
    /// The capture whose root is being opened on this thread, and the number of the layer it is for. Fields of spans can't
    /// carry it.
    static OPENING: RefCell<Option<(u64, Arc<Store>)>> = const { RefCell::new(None) };
}

/// Opens the root of a capture; `None` where it did not reach that layer, hidden by a filter.
pub(super) fn open(layer: u64, store: &Arc<Store>) -> Option<Span> {
    OPENING.set(Some((layer, Arc::clone(store))));
    let span = tracing::info_span!(target: TARGET, ROOT);
    OPENING.take().is_none().then_some(span)
}

/// To be called by the layer of that number when it sees a root.
pub(super) fn take(layer: u64) -> Option<Arc<Store>> {
    let take = |opening: &RefCell<Option<(u64, Arc<Store>)>>| opening.borrow_mut().take_if(|(for_layer, _)| *for_layer == layer);
    Some(OPENING.try_with(take).ok()??.1)
}

/// Whether a span that is opened here and now arrives at the capture.
pub(super) fn arrives(store: &Store) -> bool {
    let before = store.lock().probes;
    drop(tracing::info_span!(target: TARGET, PROBE));
    let after = store.lock().probes;
    after > before
}
