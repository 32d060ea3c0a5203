//! Metrics as data: of which spans what is measured, under which labels.

mod active;
mod builder;
mod built_in;
mod check;
mod error;
mod kind;
mod label;
mod measure;
mod set;
pub(crate) mod sets;
mod spans;

use std::borrow::Cow;

pub use active::MetricSets;
pub use builder::MetricBuilder;
pub use error::MetricError;
pub use kind::MetricKind;
pub use label::{Fact, Label, Source};
pub use measure::{Amount, Measure};
pub use set::MetricSet;
pub use spans::{Condition, Spans};

/// One measurement a metric takes of a span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// What is measured.
    pub measure: Measure,
    /// Labels with a fixed value.
    pub fixed: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

/// A rule by which a metric is derived from spans; [`MetricBuilder`] builds one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Metric {
    /// The instrument's name in OpenTelemetry.
    pub name: Cow<'static, str>,
    /// What the name is prefixed with in Prometheus, where a document has it so; see [`Naming`](crate::Naming).
    pub namespace: Option<Cow<'static, str>>,
    /// The kind of instrument.
    pub kind: MetricKind,
    /// The unit, in UCUM's notation: `s`, `By`, `{token}`. Empty where there is none.
    pub unit: Cow<'static, str>,
    /// What it says, in a sentence.
    pub description: Cow<'static, str>,
    /// The spans that are measured: those that any of these means. None for what is measured of no span
    /// ([`Measure::Callback`], [`Measure::Violations`]).
    pub spans: Vec<Spans>,
    /// What is measured of each.
    pub points: Vec<Point>,
    /// The labels its measurements carry.
    pub labels: Vec<Label>,
    /// The name under which each single measurement is told, too, to those who listen to measurements one by one.
    pub event: Option<Cow<'static, str>>,
}

impl Metric {
    /// The keys of the costs that it adds up.
    pub fn decimals(&self) -> impl Iterator<Item = &str> {
        self.points.iter().flat_map(|point| match &point.measure {
            Measure::Cost(amount) => amount.keys().collect(),
            _ => Vec::new(),
        })
    }
}
