//! What a measurement gives, before it is known what becomes of it.

use llm_span_contract::decimal;

use crate::metrics::Number;

/// What a measurement gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quantity {
    Whole(i64),
    /// Whole billionths: of an amount that is added up, of a time that a span tells.
    Billionths(u64),
    Fraction(f64),
}

impl Quantity {
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^53")]
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Billionths(amount) => decimal::amount(amount),
            Self::Fraction(number) => number,
        }
    }

    /// As a whole number; a fraction is none.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and its size is looked at")]
    pub(crate) fn whole(self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(number),
            other => {
                Some(other.as_f64()).filter(|number| number.fract() == 0.0 && number.abs() < 9e15).map(|number| number as i64)
            }
        }
    }

    #[inline]
    pub(crate) fn billionths(self) -> Option<u64> {
        match self {
            Self::Billionths(amount) => Some(amount),
            other => decimal::billionths(other.as_f64()),
        }
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Self::Whole(a.checked_add(b)?),
            (Self::Billionths(a), Self::Billionths(b)) => Self::Billionths(a.checked_add(b)?),
            (a, b) => Self::Fraction(a.as_f64() + b.as_f64()),
        })
    }

    #[inline]
    pub(crate) fn is_negative(self) -> bool {
        match self {
            Self::Whole(number) => number < 0,
            Self::Billionths(_) => false,
            Self::Fraction(number) => number < 0.0,
        }
    }
}

impl From<Quantity> for Number {
    fn from(quantity: Quantity) -> Self {
        match quantity {
            Quantity::Whole(number) => u64::try_from(number).map_or(Self::Signed(number), Self::Unsigned),
            Quantity::Billionths(amount) => Self::Billionths(amount),
            Quantity::Fraction(number) => Self::Double(number),
        }
    }
}
