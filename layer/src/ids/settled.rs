//! Spans whose place in their trace is settled when they are made: nobody gives them another parent before they start.

use std::cell::Cell;

thread_local!(static SETTLED: Cell<bool> = const { Cell::new(false) });

/// Makes a span whose parent is what is current here, and stays so. What makes it makes no other, and runs nothing of the program's.
#[cfg(feature = "propagation")]
pub(crate) fn settled<R>(make: impl FnOnce() -> R) -> R {
    struct Outer(bool);
    impl Drop for Outer {
        fn drop(&mut self) {
            SETTLED.set(self.0);
        }
    }
    let _outer = Outer(SETTLED.replace(true));
    make()
}

/// Whether the span that is being made is such a one. Asked once: what layers make while they are told of it has a place of its own.
#[cfg(feature = "pipeline")]
pub(crate) fn take_settled() -> bool {
    SETTLED.take()
}
