//! Tells the layer that a record is the end of a call.
//!
//! Such a record is plain numbers and texts with no `Debug` of the user's among them, so it may be read under the lock of the
//! span's extensions; others are read apart first.

use std::cell::Cell;

thread_local! {
    static RECORDING: Cell<bool> = const { Cell::new(false) };
}

/// Records the end of a call.
pub(crate) fn recording(record: impl FnOnce()) {
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = RECORDING.try_with(|recording| recording.set(false));
        }
    }
    let _ = RECORDING.try_with(|recording| recording.set(true));
    let _ended = Ended;
    record();
}

/// Whether what this thread records is the end of a call.
pub(crate) fn is_recording() -> bool {
    RECORDING.try_with(Cell::get).unwrap_or(false)
}
