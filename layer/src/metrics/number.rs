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

/// A whole number: [`Unsigned`](Number::Unsigned), or [`Signed`](Number::Signed) where it is negative. One beyond 64 bits is the nearest double.
macro_rules! from_whole {
    ($($whole:ty)*) => {
        $(impl From<$whole> for Number {
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss, reason = "the nearest double is what is meant")]
            fn from(number: $whole) -> Self {
                let unsigned = u64::try_from(number).map(Self::Unsigned);
                let signed = |_| i64::try_from(number).map(Self::Signed);
                unsigned.or_else(signed).unwrap_or(Self::Double(number as f64))
            }
        })*
    };
}

from_whole!(u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl From<u8> for Number {
    fn from(number: u8) -> Self {
        Self::Unsigned(number.into())
    }
}

impl From<u16> for Number {
    fn from(number: u16) -> Self {
        Self::Unsigned(number.into())
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

/// As exact as it was: `0.1_f32` is 0.10000000149011612.
impl From<f32> for Number {
    fn from(number: f32) -> Self {
        Self::Double(number.into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_sizes_keep_their_value() {
        assert_eq!(Number::from(10), Number::Unsigned(10));
        assert_eq!(Number::from(u8::MAX), Number::Unsigned(255));
        assert_eq!(Number::from(u16::MAX), Number::Unsigned(65_535));
        assert_eq!(Number::from(usize::MIN), Number::Unsigned(0));
        assert_eq!(Number::from(u64::MAX), Number::Unsigned(u64::MAX));
        assert_eq!(Number::from(-1_i8), Number::Signed(-1));
        assert_eq!(Number::from(i64::MIN), Number::Signed(i64::MIN));
        assert_eq!(Number::from(i128::from(i64::MIN)), Number::Signed(i64::MIN));
        assert_eq!(Number::from(1_u128 << 64), Number::Double(18_446_744_073_709_551_616.0));
        assert_eq!(Number::from(0.5_f32), Number::Double(0.5));
        assert_eq!(Number::from(-0.25), Number::Double(-0.25));
    }
}
