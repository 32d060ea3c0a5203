//! What the calls below a call have used, for those that carry the sum.
//!
//! Told from call to call, as they run inside each other; by the same rule as the counters' (`once.rs`), so that what a retry passes
//! on is added once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::scope;
use crate::{
    once::{Once, Used},
    usage::Usage,
};

/// A call's sum, and the call's above it.
#[derive(Debug)]
pub(super) struct Tally {
    above: Option<Arc<Tally>>,
    below: Mutex<Below>,
}

#[derive(Debug, Default)]
struct Below {
    once: Once,
    sum: Spent,
    /// Whether the call itself has ended.
    finished: bool,
}

/// What calls have used and cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    pub(super) usage: Usage,
    /// In US dollars, of the calls whose price is known.
    pub(super) cost: Option<f64>,
}

impl Spent {
    fn plus(self, other: Self) -> Self {
        let cost = match (self.cost, other.cost) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Self { usage: self.usage.plus(other.usage), cost }
    }
}

impl Tally {
    /// The tally of a call that starts now; none where neither it nor a call above it sums.
    pub(super) fn of(sums: bool) -> Option<Arc<Self>> {
        let above = scope::tally();
        (sums || above.is_some()).then(|| Arc::new(Self { above, below: Mutex::default() }))
    }

    /// What the calls below have spent so far.
    pub(super) fn sum(&self) -> Spent {
        self.below().sum
    }

    /// The call of this tally has ended, and has spent that: tells the calls above, unless it was told already: by a call below, or by
    /// one above that has passed it on and ended before.
    pub(super) fn tell_above(&self, spent: Spent, succeeded: bool) {
        let used = Used { prompt: spent.usage.prompt, completion: spent.usage.completion };
        if !self.is_own(used) {
            return;
        }
        let mut next = self.above.as_deref();
        while let Some(tally) = next {
            let mut below = tally.below();
            if below.finished && below.once.take_own(used) {
                return;
            }
            below.once.note_below(used, succeeded);
            below.sum = below.sum.plus(spent);
            drop(below);
            next = tally.above.as_deref();
        }
    }

    fn is_own(&self, used: Used) -> bool {
        let mut below = self.below();
        below.finished = true;
        let is_own = used.is_known() && !below.once.was_counted_below(used);
        below.once.note_own(if is_own { used } else { Used::default() });
        is_own
    }

    fn below(&self) -> MutexGuard<'_, Below> {
        self.below.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
