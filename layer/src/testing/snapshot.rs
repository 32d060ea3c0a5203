//! What a capture had seen at one moment.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use llm_span_contract::Contracts;

use super::{
    span::CapturedSpan,
    store::{Seen, SpanData, Store},
};

/// The spans at one moment, shared by all that is told of them.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) seen: Seen,
    pub(super) settings: Settings,
    taken: Instant,
    /// Tells one capture from another.
    of: Arc<Store>,
}

/// How a capture judges and tells.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) contracts: Contracts,
    /// Whether reports tell how long a span took.
    pub(super) timed: bool,
}

impl Snapshot {
    pub(super) fn take(store: &Arc<Store>, settings: &Settings) -> Arc<Self> {
        let seen = store.lock().clone();
        Arc::new(Self { seen, settings: settings.clone(), taken: Instant::now(), of: Arc::clone(store) })
    }

    pub(super) fn spans(self: &Arc<Self>) -> impl Iterator<Item = CapturedSpan> {
        (0..self.seen.spans.len()).map(|place| CapturedSpan::new(Arc::clone(self), place))
    }

    /// Whether both are of one capture, so that places mean the same.
    pub(super) fn is_of_the_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.of, &other.of)
    }

    /// How long a span took: until its call ended or it closed; so far, where it has not.
    pub(super) fn elapsed(&self, span: &SpanData) -> Duration {
        let end = span.finished.or(span.closed).unwrap_or(self.taken);
        end.saturating_duration_since(span.opened)
    }
}
