//! What is kept for the spans of one key, beside what threads add to.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, atomic::Ordering};

use super::target::Bound;
use crate::{
    guard,
    metrics::{Cell, HeldPart, Part},
};

/// So many sums of a group stand side by side: a bit each.
pub(super) const MAX_COUNTS: usize = 64;

/// What the rules of a group have made under one key. Spans that are met again ask for a part of it only, which a table has.
pub(super) struct Series {
    /// The instruments of the sinks, and sums that do not stand beside others; first those of the distributions whose values are handed over in
    /// lots. Made when there is something to measure, so that nothing is told that never was.
    bound: Box<[OnceLock<Bound>]>,
    telling: Mutex<()>,
}

impl Series {
    pub(super) fn new(bound: usize) -> Self {
        Self { bound: (0..bound).map(|_| OnceLock::new()).collect(), telling: Mutex::default() }
    }

    /// Sees to it that the sums at these places of a part, which have been added to, are a part of the ones of their labels.
    pub(super) fn tell(&self, part: &Arc<Part>, places: u64, cell: impl Fn(u8) -> Option<Arc<Cell>>) {
        // Others wait: what they have added is told when they go on.
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        for place in bits(places & !part.told.load(Ordering::Acquire)) {
            if let Some(cell) = cell(place) {
                cell.join(part, place.into());
            }
            part.told.fetch_or(1 << place, Ordering::Release);
        }
    }

    #[inline]
    pub(super) fn bound(&self, place: usize, bind: impl FnOnce() -> Bound) -> Option<&Bound> {
        self.bound.get(place).map(|bound| bound.get_or_init(bind))
    }

    /// Hands over the values that wait in a part of it. Sinks are the user's: one that panics takes nothing from the others.
    pub(super) fn take(&self, part: &mut HeldPart<'_>) {
        part.take(|place, values| self.record_all(place, values));
    }

    /// Hands over values of the distribution that is bound there.
    pub(super) fn record_all(&self, place: usize, values: &[f64]) {
        for point in self.bound.get(place).and_then(OnceLock::get).map_or(&[][..], Bound::points) {
            guard::run(|| point.record_all(values, None));
        }
    }
}

/// The places of the bits that are set.
pub(super) fn bits(mut left: u64) -> impl Iterator<Item = u8> + Clone {
    std::iter::from_fn(move || {
        let place = u8::try_from(left.trailing_zeros()).ok().filter(|_| left != 0)?;
        left &= left - 1;
        Some(place)
    })
}
