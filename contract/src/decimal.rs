//! Amounts that are added up exactly: whole billionths.
//!
//! A sum of doubles depends on the order in which they are added, and threads can't add to one without waiting for each other. Whole
//! numbers have neither fault.

/// So many parts make one.
const PARTS: f64 = 1e9;
/// Above it nothing is an amount: a billion.
pub const MAX: f64 = 1e9;

/// The whole billionths of an amount, rounded to the nearest; `None` of what is none: below 0, above [`MAX`], no number.
///
/// ```
/// use llm_span_contract::decimal;
///
/// assert_eq!(decimal::billionths(0.000_96), Some(960_000));
/// assert_eq!(decimal::billionths(-0.01), None);
/// assert_eq!(decimal::billionths(f64::NAN), None);
/// ```
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
pub fn billionths(amount: f64) -> Option<u64> {
    (0.0..=MAX).contains(&amount).then(|| (amount * PARTS).round() as u64)
}

/// The amount that so many billionths make, to the nearest double.
///
/// ```
/// assert_eq!(llm_span_contract::decimal::amount(1_500_000_000), 1.5);
/// ```
#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
pub fn amount(billionths: u64) -> f64 {
    billionths as f64 / PARTS
}
