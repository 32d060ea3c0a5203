//! Tells the layer that a record is the end of a call.
//!
//! Such a record is plain numbers and texts with no `Debug` of the user's among them, so it may be read under the lock of the
//! span's extensions; others are read apart first.

use std::cell::Cell;

use tracing::{Id, Span};

thread_local! {
    static RECORDING: Cell<Option<u64>> = const { Cell::new(None) };
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
