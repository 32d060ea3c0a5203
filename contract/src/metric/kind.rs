//! Kinds of instruments.

use std::borrow::Cow;

/// What kind of instrument a metric is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A sum of whole numbers that only grows.
    ///
    /// Not added is what is negative, what has a fraction, and what is beyond an `i64` (as a double: beyond 9·10¹⁵, where not every whole
    /// number is one).
    Counter,
    /// A sum of money or of seconds that only grows, kept in whole billionths: what is added stays exact. See [`decimal`](crate::decimal).
    ///
    /// Not added is what is negative, no number, or above a billion ([`decimal::MAX`](crate::decimal::MAX)). A sum that comes to
    /// 18 billion, 580 years, begins again at 0, which Prometheus takes for a restart. So it is not for sizes: they take a counter.
    DecimalCounter,
    /// A sum of whole numbers that grows and shrinks.
    UpDownCounter,
    /// The last value, or what a callback tells when the metric is collected.
    Gauge,
    /// A distribution, with the upper bounds of its buckets.
    Histogram {
        /// Upper bounds, ascending; one more bucket takes the rest.
        boundaries: Cow<'static, [f64]>,
    },
}

impl MetricKind {
    /// Whether its sums only grow: Prometheus calls it a counter.
    pub const fn is_counter(&self) -> bool {
        matches!(self, Self::Counter | Self::DecimalCounter)
    }
}
