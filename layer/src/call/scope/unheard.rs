//! Bodies that run though their calls began without a subscriber: a subscriber that comes meanwhile does not make their records lost.

use std::cell::Cell;

thread_local! {
    /// Whether a body runs on this thread. What was so before is put back: to count them would have each call wait for the one before it.
    static BODY: Cell<bool> = const { Cell::new(false) };
    /// How many guards there are on this thread: they are dropped in any order.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
}

/// Whether one runs on this thread.
pub(super) fn is_running() -> bool {
    BODY.get() || GUARDS.get() > 0
}

/// The time in which a body runs whose call began without a subscriber. It has no frame: a mark costs less.
#[derive(Debug)]
pub(in crate::call) struct Unheard {
    outer: bool,
}

impl Unheard {
    #[inline]
    pub(in crate::call) fn enter() -> Self {
        Self { outer: Self::begin() }
    }

    /// Gives what was so before.
    #[inline]
    pub(in crate::call) fn begin() -> bool {
        BODY.replace(true)
    }

    #[inline]
    pub(in crate::call) fn end(outer: bool) {
        BODY.set(outer);
    }
}

impl Drop for Unheard {
    #[inline]
    fn drop(&mut self) {
        Self::end(self.outer);
    }
}

/// The same between two lines of code.
#[derive(Debug)]
pub(in crate::call) struct UnheardGuard(());

impl UnheardGuard {
    pub(in crate::call) fn enter() -> Self {
        GUARDS.set(GUARDS.get().wrapping_add(1));
        Self(())
    }
}

impl Drop for UnheardGuard {
    fn drop(&mut self) {
        GUARDS.set(GUARDS.get().wrapping_sub(1));
    }
}
