//! Tokens are counted once: by the call that used them, not again by a call around it that passes them on.
//!
//! A retry around a call returns that call's response, or the sum of all it tried. So what tells a repetition is the numbers: a call
//! repeats what was counted below it if it reports the same as the last of them, as the last that succeeded (the winner of a race,
//! whose loser ends after it), or as all of them together. A call that reports anything else (a chat that asks for embeddings on its
//! way) has used tokens of its own.

pub(crate) mod cost;

/// Tokens of prompt and completion, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) prompt: Option<i64>,
    pub(crate) completion: Option<i64>,
}

impl Used {
    pub(crate) fn is_known(self) -> bool {
        self != Self::default()
    }

    fn plus(self, other: Self) -> Self {
        let sum = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => a.checked_add(b),
            (a, b) => a.or(b),
        };
        Self { prompt: sum(self.prompt, other.prompt), completion: sum(self.completion, other.completion) }
    }
}

/// What was counted of a call and below it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Once {
    last: Used,
    last_answer: Used,
    all: Used,
    own: Used,
}

impl Once {
    /// A call below this one has counted, and has succeeded or not.
    pub(crate) fn note_below(&mut self, used: Used, succeeded: bool) {
        self.last = used;
        if succeeded {
            self.last_answer = used;
        }
        self.all = self.all.plus(used);
    }

    /// Whether what this call reports was counted below it.
    pub(crate) fn was_counted_below(&self, used: Used) -> bool {
        used.is_known() && self.last.is_known() && [self.last, self.last_answer, self.all].contains(&used)
    }

    /// This call has counted.
    pub(crate) fn note_own(&mut self, used: Used) {
        self.own = used;
    }

    /// Whether this call has counted what a call below it reports only now, after this one's end. Each is taken off once: of two
    /// such calls one was passed on.
    pub(crate) fn take_own(&mut self, used: Used) -> bool {
        let is_it = used.is_known() && self.own == used;
        if is_it {
            self.own = Used::default();
        }
        is_it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(prompt: i64, completion: i64) -> Used {
        Used { prompt: Some(prompt), completion: Some(completion) }
    }

    #[test]
    fn a_retry_repeats_the_last_call_or_all_of_them_and_nothing_else() {
        let mut retry = Once::default();
        retry.note_below(used(100, 0), false);
        retry.note_below(used(128, 64), true);
        assert!(retry.was_counted_below(used(128, 64)) && retry.was_counted_below(used(228, 64)));
        assert!(!retry.was_counted_below(used(127, 64)) && !retry.was_counted_below(Used::default()));
    }

    #[test]
    fn the_winner_of_a_race_is_repeated_though_its_loser_ended_last() {
        let mut hedge = Once::default();
        hedge.note_below(used(128, 64), true);
        hedge.note_below(used(128, 1), false);
        assert!(hedge.was_counted_below(used(128, 64)) && hedge.was_counted_below(used(128, 1)));
    }

    #[test]
    fn of_two_calls_that_end_later_one_was_passed_on() {
        let mut hedge = Once::default();
        hedge.note_own(used(10, 5));
        assert!(hedge.take_own(used(10, 5)));
        assert!(!hedge.take_own(used(10, 5)));
    }
}
