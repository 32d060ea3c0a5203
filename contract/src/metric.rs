//! Metrics as data: what is measured of which spans, under which labels.

use std::borrow::Cow;

use crate::OperationSet;

/// What kind of instrument a metric is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A sum that only grows.
    Counter,
    /// A sum of fractions that only grows, kept in whole billionths: what is added stays exact. See [`decimal`](crate::decimal).
    DecimalCounter,
    /// A distribution, with the upper bounds of its buckets.
    Histogram {
        /// Upper bounds, ascending; one more bucket takes the rest.
        boundaries: Cow<'static, [f64]>,
    },
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure {
    /// An integer attribute, the first of these keys that was recorded. A negative value is not measured, it is a finding.
    /// Tokens are counted once: not where a call below this one counted already.
    Tokens(Cow<'static, [Cow<'static, str>]>),
    /// An amount, the first of these attributes that was recorded; see [`decimal`](crate::decimal) for what is one. What is none is
    /// not measured, it is a finding. Counted once, as tokens are.
    Decimal(Cow<'static, [Cow<'static, str>]>),
    /// From the span's creation to its call's end, in seconds.
    Duration,
}

/// A label of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The label's name, as an OpenTelemetry attribute.
    pub name: Cow<'static, str>,
    /// The span attributes its value comes from: the first that was recorded. A label without a value is left out. A boolean is a
    /// flag: its label reads `true`, and is left out where it is false.
    pub from: Cow<'static, [Cow<'static, str>]>,
}

/// One measurement a metric takes of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Point {
    /// What is measured.
    pub measure: Measure,
    /// Labels with a fixed value.
    pub fixed: Cow<'static, [(Cow<'static, str>, Cow<'static, str>)]>,
}

/// A metric that is derived from spans.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Metric {
    /// The instrument's name in OpenTelemetry.
    pub name: Cow<'static, str>,
    /// The kind of instrument.
    pub kind: MetricKind,
    /// The unit, in UCUM's notation: `s`, `{token}`.
    pub unit: Cow<'static, str>,
    /// What it says, in a sentence.
    pub description: Cow<'static, str>,
    /// The operations whose spans are measured.
    pub operations: OperationSet,
    /// What is measured of each.
    pub points: Cow<'static, [Point]>,
    /// The labels its measurements carry.
    pub labels: Cow<'static, [Label]>,
}

impl Metric {
    /// The keys of the amounts that it measures.
    pub fn decimals(&self) -> impl Iterator<Item = &str> {
        self.points
            .iter()
            .flat_map(|point| match &point.measure {
                Measure::Decimal(keys) => keys.as_ref(),
                _ => &[],
            })
            .map(AsRef::as_ref)
    }
}
