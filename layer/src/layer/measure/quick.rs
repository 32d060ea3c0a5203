//! What most rules come to at the end of a span, settled beforehand: a number is read, and added to a sum or kept for a distribution.

use super::{
    Measured,
    rule::Rule,
    target::Kind,
    what::{Asked, Plain, What},
};
use crate::layer::quantity::Quantity;

/// Adds to the sum at a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Add {
    adds: Adds,
    kind: Kind,
    pub(super) to: u8,
    /// The same, as a bit.
    pub(super) place: u64,
}

/// Keeps a value for a distribution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    takes: Takes,
    /// Where it is, as a bit.
    pub(super) place: u64,
}

/// What is added.
#[derive(Clone, Copy, Debug)]
enum Adds {
    One,
    /// A number as it is kept.
    Number(Plain),
    /// What the rule there says.
    Rule(usize),
}

/// What is kept.
#[derive(Clone, Copy, Debug)]
enum Takes {
    /// How long the span took.
    Seconds,
    Number(Plain),
    Rule(usize),
}

impl Add {
    /// Of the rule at that place, whose sums are kept so.
    pub(super) fn new(what: &What, rule: usize, kind: Kind, to: u8) -> Self {
        let adds = match (what, kind) {
            (What::One, Kind::Whole) => Adds::One,
            // A sum of what only grows takes nothing negative.
            _ => what
                .plain(matches!(kind, Kind::Billionths))
                .map_or(Adds::Rule(rule), |number| Adds::Number(number.not_negative())),
        };
        Self { adds, kind, to, place: 1 << to }
    }

    /// What is added for a span.
    #[inline]
    pub(super) fn read(&self, of: &Measured<'_>, rules: &[Rule], asked: &Asked) -> Option<u64> {
        match self.adds {
            Adds::One => Some(1),
            Adds::Number(number) => number.read(of).map(i64::cast_unsigned),
            Adds::Rule(rule) => self.kind.amount(rules[rule].what.read(of, asked)?),
        }
    }
}

impl Take {
    /// Of the rule at that place.
    pub(super) fn new(what: &What, rule: usize, to: u8) -> Self {
        let takes = match what {
            What::Duration => Takes::Seconds,
            what => what.plain(false).map_or(Takes::Rule(rule), Takes::Number),
        };
        Self { takes, place: 1 << to }
    }

    /// The value of a span.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^53")]
    pub(super) fn read(&self, of: &Measured<'_>, rules: &[Rule], asked: &Asked) -> Option<f64> {
        match self.takes {
            Takes::Seconds => Some(asked.seconds(of)),
            Takes::Number(number) => number.read(of).map(|number| number as f64),
            Takes::Rule(rule) => rules[rule].what.read(of, asked).map(Quantity::as_f64),
        }
    }
}
