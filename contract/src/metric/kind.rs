//! Kinds of instruments.

use std::borrow::Cow;

/// What kind of instrument a metric is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A sum of whole numbers that only grows.
    Counter,
    /// A sum of fractions that only grows, kept in whole billionths: what is added stays exact. See [`decimal`](crate::decimal).
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
