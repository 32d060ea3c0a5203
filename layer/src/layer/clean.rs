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
        let mut applying = applying;
        self.compiled.iter().all(|compiled| {
            let applies = applying & 1 != 0;
            applying >>= 1;
            !applies || {
                let required = compiled.required[operation][outcome];
                state.present & required == required && compiled.rules.iter().all(|rule| rule.holds(state, interner))
            }
        })
    }
}

impl Rule {
    /// A rule is checked where all that it speaks of was recorded.
    #[inline]
    fn holds(&self, state: &State, interner: &Interner) -> bool {
        let all = |involved: Mask| state.present & involved == involved;
        let int = |place: u8| state.ints[usize::from(place)];
        let symbol = |place: u8| state.symbols[usize::from(place)];
        match self {
            Self::Sum { total, parts, involved } => {
                !all(*involved)
                    || parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(int(*part))).is_some_and(|sum| sum == int(*total))
            }
            // Most are the same at a glance.
            Self::Equal { a, b, involved } => {
                symbol(*a) == symbol(*b) || !all(*involved) || interner.same(symbol(*a), symbol(*b))
            }
            Self::SameProvider { a, b, involved } => {
                symbol(*a) == symbol(*b) || !all(*involved) || is_same_provider(symbol(*a), symbol(*b), interner)
            }
            Self::PartOf { part, whole, involved } => !all(*involved) || int(*part) <= int(*whole),
        }
    }
}

#[cold]
fn is_same_provider(a: Symbol, b: Symbol, interner: &Interner) -> bool {
    interner.same(a, b) || same_provider(a, b, interner)
}

/// The few providers that the two tables spell differently.
fn same_provider(a: Symbol, b: Symbol, interner: &Interner) -> bool {
    match (interner.text(a), interner.text(b)) {
        (Some(a), Some(b)) => provider::same(&a, &b),
        _ => true, // beyond the bound: not told apart
    }
}
