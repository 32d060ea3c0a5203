//! The short way: whether nothing is wrong with a span, by a few compares of masks and numbers.

use llm_span_contract::{Outcome, provider};

use super::{
    intern::{Interner, Symbol},
    schema::{Mask, Rule, Schema, operation_index},
    state::State,
};

impl Schema {
    /// Whether nothing is wrong with a call that is subject to the contracts `applying`.
    pub(super) fn is_clean(&self, applying: u32, outcome: Outcome, state: &State, interner: &Interner) -> bool {
        if self.overfull || state.suspicious || state.present & self.suspects != 0 {
            return false;
        }
        let operation = operation_index(state.operation(), state.is_other);
        let outcome = outcome as usize;
        self.compiled.iter().enumerate().filter(|(i, _)| applying & (1 << i) != 0).all(|(_, compiled)| {
            let required = compiled.required[operation][outcome];
            state.present & required == required && compiled.rules.iter().all(|rule| rule.holds(state, interner))
        })
    }
}

impl Rule {
    /// A rule is checked where all that it speaks of was recorded.
    fn holds(&self, state: &State, interner: &Interner) -> bool {
        let all = |involved: Mask| state.present & involved == involved;
        match self {
            Self::Sum { total, parts, involved } => {
                let int = |place: &u8| state.ints[usize::from(*place)];
                let sum = || parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(int(part)));
                !all(*involved) || sum() == Some(int(total))
            }
            Self::Equal { a, b, involved } => {
                !all(*involved) || interner.same(state.symbols[usize::from(*a)], state.symbols[usize::from(*b)])
            }
            Self::SameProvider { a, b, involved } => {
                let (a, b) = (state.symbols[usize::from(*a)], state.symbols[usize::from(*b)]);
                !all(*involved) || interner.same(a, b) || same_provider(a, b, interner)
            }
            Self::PartOf { part, whole, involved } => {
                !all(*involved) || state.ints[usize::from(*part)] <= state.ints[usize::from(*whole)]
            }
        }
    }
}

/// The few providers that the two tables spell differently.
fn same_provider(a: Symbol, b: Symbol, interner: &Interner) -> bool {
    match (interner.text(a), interner.text(b)) {
        (Some(a), Some(b)) => provider::same(&a, &b),
        _ => true, // beyond the bound: not told apart
    }
}
