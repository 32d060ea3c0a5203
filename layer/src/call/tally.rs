//! What the calls below a call have used, for those that carry the sum.
//!
//! Told from call to call, as they run inside each other; by the same rule as the counters' (`once/`), so that what a retry passes
//! on is added once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use llm_span_contract::decimal;

use super::scope;
use crate::{
    once::{
        Once, Used,
        cost::{Costs, Tokens},
    },
    usage::{InvalidCounts, Usage},
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
    costs: Costs,
    usage: Usage,
    /// In billionths, of the calls whose price is known: sums of doubles depend on their order.
    cost: Option<i64>,
    /// Whether the call itself has ended.
    finished: bool,
}

/// What a call has used and cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    pub(super) usage: Usage,
    /// In US dollars.
    pub(super) cost: Option<f64>,
}

impl Tally {
    /// The tally of a call that starts now; none where neither it nor a call above it sums.
    pub(super) fn of(sums: bool) -> Option<Arc<Self>> {
        let above = scope::tally();
        (sums || above.is_some()).then(|| Arc::new(Self { above, below: Mutex::default() }))
    }

    /// What the calls below have spent so far.
    pub(super) fn sum(&self) -> Spent {
        let below = self.below();
        let cost = below.cost.and_then(|cost| u64::try_from(cost).ok());
        Spent { usage: below.usage, cost: cost.map(decimal::amount) }
    }

    /// The call of this tally has ended, and has spent that: tells the calls above, unless it was told already: by a call below, or by
    /// one above that has passed it on and ended before.
    pub(super) fn tell_above(&self, spent: Spent, succeeded: bool) {
        let (mut used, mut cost, mut tokens) = self.own(spent);
        // A count that is none is a finding of the call that has it, not of those that sum.
        let mut usage = spent.usage;
        usage.invalid = InvalidCounts::default();
        let mut next = self.above.as_deref();
        while let Some(tally) = next.filter(|_| used.is_some() || cost.is_some()) {
            let mut below = tally.below();
            if below.finished && used.is_some_and(|used| below.once.take_own(used)) {
                (used, tokens) = (None, Tokens::Repeated);
            }
            cost = cost.filter(|cost| !(below.finished && below.costs.take_own(*cost, tokens)));
            if let Some(used) = used {
                below.once.note_below(used, succeeded);
                below.usage = below.usage.plus(usage);
            }
            if let Some(cost) = cost {
                below.costs.note_below(cost);
                below.cost = Some(below.cost.unwrap_or(0).saturating_add(cost));
            }
            drop(below);
            next = tally.above.as_deref();
        }
    }

    /// What of it the call itself has spent: its tokens, its cost in billionths, and what the tokens say.
    fn own(&self, spent: Spent) -> (Option<Used>, Option<i64>, Tokens) {
        let mut below = self.below();
        below.finished = true;
        let used = Used { prompt: spent.usage.prompt, completion: spent.usage.completion };
        let tokens = match used.is_known() {
            true if below.once.was_counted_below(used) => Tokens::Repeated,
            true => Tokens::Own,
            false => Tokens::Unknown,
        };
        let used = Some(used).filter(|_| tokens == Tokens::Own);
        let cost = spent.cost.and_then(decimal::billionths).and_then(|cost| i64::try_from(cost).ok());
        let cost = cost.filter(|cost| !below.costs.was_counted_below(*cost, tokens));
        below.once.note_own(used.unwrap_or_default());
        below.costs.note_own(cost);
        (used, cost, tokens)
    }

    fn below(&self) -> MutexGuard<'_, Below> {
        self.below.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
