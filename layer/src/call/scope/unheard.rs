//! Bodies that run though their calls began without a subscriber: a subscriber that comes meanwhile does not make their records lost.

use std::cell::Cell;

thread_local! {
    /// How many run on this thread.
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// Whether one runs on this thread.
pub(super) fn is_running() -> bool {
    RUNNING.get() > 0
}

/// The time in which a body runs whose call began without a subscriber. It has no frame: a count costs less.
#[derive(Debug)]
pub(in crate::call) struct Unheard(());

impl Unheard {
    #[inline]
    pub(in crate::call) fn enter() -> Self {
        Self::begin();
        Self(())
    }

    #[inline]
    pub(super) fn begin() {
        RUNNING.set(RUNNING.get().wrapping_add(1));
    }

    #[inline]
    pub(super) fn end() {
        RUNNING.set(RUNNING.get().wrapping_sub(1));
    }
}

impl Drop for Unheard {
    #[inline]
    fn drop(&mut self) {
        Self::end();
    }
}
