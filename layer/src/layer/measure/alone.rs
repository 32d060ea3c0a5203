//! What a thread does not do while it measures a span.

use std::{cell::Cell, ptr};

/// That this thread measures a span, or hands over what was measured. Sinks are the user's: a call that one makes meanwhile is not measured,
/// or it would go on for ever.
pub(super) struct Alone {
    before: Busy,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Busy {
    Free,
    Measures,
    HandsOver,
}

thread_local!(static BUSY: Cell<Busy> = const { Cell::new(Busy::Free) });

impl Alone {
    /// To measure a span; `None` where this thread does already.
    #[inline]
    pub(super) fn measure() -> Option<Self> {
        let before = BUSY.try_with(|busy| if busy.get() == Busy::Free { busy.replace(Busy::Measures) } else { busy.get() });
        (before == Ok(Busy::Free)).then(|| Self { before: Busy::Free })
    }

    /// To hand over what was measured; `None` where this thread does already: what it holds it would wait for.
    pub(super) fn hand_over() -> Option<Self> {
        let handing = Self::hand_over_besides();
        (handing.before != Busy::HandsOver).then_some(handing)
    }

    /// To hand over what was measured, whatever this thread is doing.
    pub(super) fn hand_over_besides() -> Self {
        let before = BUSY.try_with(|busy| busy.replace(Busy::HandsOver)).unwrap_or(Busy::Free);
        Self { before }
    }
}

/// Tells this thread from the others that run.
pub(super) fn thread() -> usize {
    BUSY.try_with(|busy| ptr::from_ref(busy).addr()).unwrap_or_default()
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = BUSY.try_with(|busy| busy.set(self.before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_measures_one_span_at_a_time_and_nothing_while_it_hands_over() {
        let first = Alone::measure();
        assert!(first.is_some() && Alone::measure().is_none());
        let handing = Alone::hand_over();
        assert!(handing.is_some() && Alone::hand_over().is_none() && Alone::measure().is_none());
        drop(handing);
        assert!(Alone::measure().is_none(), "it still measures the first");
        drop(first);
        assert!(Alone::measure().is_some());
    }
}
