//! Tells the layer that a span is the start of a call, and when it was; and that a record is its end.
//!
//! The clock is read once, by the call. The record at the end is plain numbers and texts with no `Debug` of the user's among them, so it may be read under the lock of the
//! span's extensions; others are read apart first.

use std::{cell::Cell, time::Instant};

use tracing::{Id, Metadata, Span};

thread_local! {
    static STARTING: Cell<Option<(&'static Metadata<'static>, Instant)>> = const { Cell::new(None) };
    static RECORDING: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Creates the span of a call.
pub(crate) fn starting(metadata: &'static Metadata<'static>, now: Instant, create: impl FnOnce() -> Span) -> Span {
    let _ = STARTING.try_with(|starting| starting.set(Some((metadata, now))));
    let span = create();
    let _ = STARTING.try_with(|starting| starting.set(None));
    span
}

/// When the call began whose span is being created with that metadata; `None` where the span is none of a call.
pub(crate) fn started(metadata: &'static Metadata<'static>) -> Option<Instant> {
    let starting = STARTING.try_with(Cell::get).ok().flatten();
    starting.filter(|(of, _)| std::ptr::eq(*of, metadata)).map(|(_, started)| started)
}

/// Records the end of the call of that span.
pub(crate) fn recording(span: &Span, record: impl FnOnce()) {
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = RECORDING.try_with(|recording| recording.set(None));
        }
    }
    let _ = RECORDING.try_with(|recording| recording.set(span.id().map(|id| id.into_u64())));
    let _ended = Ended;
    record();
}

/// Whether what this thread records on that span is the end of its call.
pub(crate) fn is_recording(span: &Id) -> bool {
    RECORDING.try_with(Cell::get).ok().flatten() == Some(span.into_u64())
}
