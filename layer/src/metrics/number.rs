//! The value of a metric.

use std::fmt;

use llm_span_contract::decimal;

/// The value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Number {
    /// A whole number that is not negative: of a counter.
    Unsigned(u64),
    /// A whole number: of an up-down counter.
    Signed(i64),
    /// Whole billionths, so that sums are exact: of a counter of fractions.
    Billionths(u64),
    /// A fraction: of a gauge.
    Double(f64),
}

impl Number {
    /// As a fraction, in the metric's unit.
    #[expect(clippy::cast_precision_loss, reason = "a double is what is asked for")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Unsigned(number) => number as f64,
            Self::Signed(number) => number as f64,
            Self::Billionths(number) => decimal::amount(number),
            Self::Double(number) => number,
        }
    }

    /// The sum of two values of one metric. Whole sums wrap, as counters do.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unsigned(a), Self::Unsigned(b)) => Self::Unsigned(a.wrapping_add(b)),
            (Self::Signed(a), Self::Signed(b)) => Self::Signed(a.wrapping_add(b)),
            (Self::Billionths(a), Self::Billionths(b)) => Self::Billionths(a.wrapping_add(b)),
            (a, b) => Self::Double(a.as_f64() + b.as_f64()),
        }
    }
}

/// As Prometheus and JSON write it.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => write!(f, "{number}"),
            Self::Signed(number) => write!(f, "{number}"),
            number => write!(f, "{}", number.as_f64()),
        }
    }
}
