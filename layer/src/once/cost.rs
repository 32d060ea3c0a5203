//! What calls cost is counted once, by the rule of their tokens: not again by a call that passes on what a call below it has cost.
//!
//! Where a call tells its tokens, they say whether it repeats a call below; its cost may differ, as another model's price may have
//! been taken. Where it tells none, an equal cost does.

/// What was counted of a call's cost and below it, in billionths.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Costs {
    last: Option<i64>,
    all: Option<i64>,
    own: Option<i64>,
}

/// What the tokens say of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    /// It tells none.
    Unknown,
    /// They are its own.
    Own,
    /// They were counted by another call.
    Repeated,
}

impl Costs {
    /// A call below this one has counted.
    pub(crate) fn note_below(&mut self, cost: i64) {
        self.last = Some(cost);
        self.all = Some(self.all.unwrap_or(0).saturating_add(cost));
    }

    /// Whether what this call has cost was counted below it. Where no cost was counted below, it is this call that knows one.
    pub(crate) fn was_counted_below(&self, cost: i64, tokens: Tokens) -> bool {
        self.all.is_some()
            && match tokens {
                Tokens::Unknown => [self.last, self.all].contains(&Some(cost)),
                Tokens::Own => false,
                Tokens::Repeated => true,
            }
    }

    /// This call has counted, or has not.
    pub(crate) fn note_own(&mut self, cost: Option<i64>) {
        self.own = cost;
    }

    /// Whether this call has counted what a call below it tells only now, after this one's end; taken off once.
    pub(crate) fn take_own(&mut self, cost: i64, tokens: Tokens) -> bool {
        let is_it = match tokens {
            Tokens::Unknown => self.own == Some(cost),
            Tokens::Own => false,
            Tokens::Repeated => self.own.is_some(),
        };
        if is_it {
            self.own = None;
        }
        is_it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_repeats_tokens_repeats_their_cost_whatever_it_says_it_is() {
        let mut retry = Costs::default();
        assert!(!retry.was_counted_below(5, Tokens::Repeated), "nobody below knew a cost");
        retry.note_below(5);
        assert!(retry.was_counted_below(7, Tokens::Repeated));
        assert!(!retry.was_counted_below(5, Tokens::Own));
    }

    #[test]
    fn without_tokens_an_equal_cost_is_a_repetition() {
        let mut retry = Costs::default();
        retry.note_below(2);
        retry.note_below(3);
        assert!(retry.was_counted_below(3, Tokens::Unknown) && retry.was_counted_below(5, Tokens::Unknown));
        assert!(!retry.was_counted_below(2, Tokens::Unknown));
    }

    #[test]
    fn of_two_calls_that_end_later_one_was_passed_on() {
        let mut hedge = Costs::default();
        hedge.note_own(Some(5));
        assert!(hedge.take_own(5, Tokens::Unknown));
        assert!(!hedge.take_own(5, Tokens::Unknown));
    }
}
