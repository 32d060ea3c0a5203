//! Sets of metrics, chosen by name.

use std::borrow::Cow;

use crate::{Contracts, Metric};

/// Metrics that belong together: what one system's dashboards read.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSet {
    name: Cow<'static, str>,
    metrics: Vec<Metric>,
}

impl MetricSet {
    pub(crate) fn of(name: impl Into<Cow<'static, str>>, metrics: Vec<Metric>) -> Self {
        Self { name: name.into(), metrics }
    }

    /// The name it is chosen by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its metrics, in order.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }
}

/// The metrics that are active together: each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricSets {
    metrics: Vec<Metric>,
}

impl MetricSets {
    /// The metrics, in order.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The metrics that come with contracts. Of several by one name the first holds.
    pub fn of_contracts(contracts: &Contracts) -> Self {
        let mut sets = Self::default();
        for metric in contracts.iter().flat_map(|contract| contract.metrics()) {
            if !sets.metrics.iter().any(|other| other.name == metric.name) {
                sets.metrics.push(metric.clone());
            }
        }
        sets
    }
}
