//! Ids of traces of which it is known beforehand whether they are sampled.

use std::cell::Cell;

use opentelemetry::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

thread_local!(static NEXT: Cell<Option<TraceId>> = const { Cell::new(None) });

/// Random ids, but for a trace whose id was drawn before.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceIds;

impl TraceIds {
    /// An id of a trace to come.
    pub(super) fn draw() -> TraceId {
        RandomIdGenerator::default().new_trace_id()
    }

    /// Starts a span that gets this id, if it begins a trace.
    pub(super) fn beginning<R>(id: TraceId, start: impl FnOnce() -> R) -> R {
        struct Over;
        impl Drop for Over {
            fn drop(&mut self) {
                NEXT.set(None);
            }
        }
        NEXT.set(Some(id));
        let _over = Over;
        start()
    }
}

impl IdGenerator for TraceIds {
    fn new_trace_id(&self) -> TraceId {
        NEXT.take().unwrap_or_else(Self::draw)
    }

    fn new_span_id(&self) -> SpanId {
        RandomIdGenerator::default().new_span_id()
    }
}
