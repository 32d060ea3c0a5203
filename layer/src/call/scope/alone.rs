//! The place of a call that runs alone on its thread, and has nothing recorded yet: as most do, and a stream's at every chunk.
//!
//! It holds numbers only: there is nothing to be borrowed, dropped or made ready. Whoever needs more of the call has it join the stack.

use std::{cell::Cell, num::NonZeroU64};

use tracing::Id;

use super::Number;

thread_local! {
    static ALONE: Alone = const {
        Alone { number: Cell::new(None), id: Cell::new(None), last: Cell::new(0), others: Cell::new(false) }
    };
}

struct Alone {
    /// `None`: nobody is here.
    number: Cell<Option<Number>>,
    id: Cell<Option<NonZeroU64>>,
    /// The number that was given last on this thread.
    last: Cell<u64>,
    /// Whether there are calls on the stack.
    others: Cell<bool>,
}

/// A number that no other frame of this thread has.
#[inline]
pub(super) fn next() -> Option<Number> {
    ALONE.with(|alone| {
        let next = alone.last.get().wrapping_add(1);
        alone.last.set(next);
        Number::new(next)
    })
}

/// Takes the place, if the call will be alone.
#[inline]
pub(super) fn enter(id: Option<NonZeroU64>) -> Option<Number> {
    ALONE.with(|alone| {
        if alone.number.get().is_some() || alone.others.get() {
            return None;
        }
        let number = next();
        alone.number.set(number);
        alone.id.set(id);
        number
    })
}

/// Leaves it; `false` where the call is not here, or no longer.
#[inline]
pub(super) fn leave(number: Number) -> bool {
    ALONE.with(|alone| {
        let is_here = alone.number.get() == Some(number);
        if is_here {
            alone.number.set(None);
        }
        is_here
    })
}

/// Whether a call is here.
#[inline]
pub(super) fn is_taken() -> bool {
    ALONE.with(|alone| alone.number.get().is_some())
}

/// Gives the call away that is here.
pub(super) fn take() -> Option<(Number, Option<Id>)> {
    ALONE.with(|alone| Some((alone.number.take()?, alone.id.get().map(Id::from_non_zero_u64))))
}

/// Tells whether there are calls on the stack.
#[inline]
pub(super) fn tell(others: bool) {
    ALONE.with(|alone| alone.others.set(others));
}
