//! The metrics that are active together.

use std::borrow::Cow;

use super::{Metric, MetricError, MetricSet, check};
use crate::{Contract, Contracts};

/// The metrics that are active together: each name once.
///
/// ```
/// use llm_span_contract::MetricSets;
///
/// let sets = MetricSets::named(["amtp", "llm_gateway"])?;
/// assert!(sets.metrics().iter().any(|metric| metric.name == "provider_requests_total"));
///
/// let unknown = MetricSets::named(["amtpp"]).unwrap_err();
/// assert_eq!(unknown.to_string(), "there is no metric set `amtpp`; did you mean `amtp`?");
/// # Ok::<(), llm_span_contract::MetricError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricSets {
    metrics: Vec<Metric>,
}

impl MetricSets {
    /// The built-in sets of these names; see [`MetricSet::NAMES`].
    ///
    /// # Errors
    ///
    /// When there is no set of a name, or no name: `MetricSets::default()` has no metrics.
    pub fn named<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, MetricError> {
        let sets = names.into_iter().map(MetricSet::find).collect::<Result<Vec<_>, _>>()?;
        if sets.is_empty() {
            let expected = MetricSet::expected();
            return Err(MetricError::new(format!("no metric set is named; {expected}, or say `MetricSets::default()` for none")));
        }
        Self::new(sets)
    }

    /// The metrics of several sets. A metric that two of them have alike is measured once.
    ///
    /// # Errors
    ///
    /// When two metrics that are not the same have one name, or would have in Prometheus, in either of its formats.
    pub fn new(sets: impl IntoIterator<Item = MetricSet>) -> Result<Self, MetricError> {
        let mut all: Vec<(Cow<'static, str>, Metric)> = Vec::new();
        for set in sets {
            let (name, metrics) = set.into_parts();
            for metric in metrics {
                if all.iter().any(|(_, other)| *other == metric) {
                    continue;
                }
                if let Some((of, clash)) = all.iter().find_map(|(of, other)| Some((of, check::clash(other, &metric)?))) {
                    let place = if *of == name { format!("set `{of}`") } else { format!("sets `{of}` and `{name}`") };
                    return Err(MetricError::new(format!("{place}: {clash}; leave one out or rename it")));
                }
                all.push((name.clone(), metric));
            }
        }
        Ok(Self { metrics: all.into_iter().map(|(_, metric)| metric).collect() })
    }

    /// The metrics, in order.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The metrics that come with contracts. Of several by one name, or by names that read the same in Prometheus, the first holds.
    pub fn of_contracts(contracts: &Contracts) -> Self {
        Self::default().with_free(contracts.iter().flat_map(Contract::metrics).cloned())
    }

    /// With the count of violations, [`MetricSet::violations`]. Where a metric has its name already, or one that reads the same in
    /// Prometheus, that one holds.
    ///
    /// ```
    /// use llm_span_contract::{Measure, Metric, MetricSet, MetricSets};
    ///
    /// let sets = MetricSets::from(MetricSet::amtp()).with_violations();
    /// assert_eq!(sets.metrics().last(), MetricSet::violations().metrics().first());
    ///
    /// let ours = Metric::counter("llm.contract.violations").measure(Measure::Violations).build()?;
    /// let sets = MetricSets::from(MetricSet::new("ours", [ours.clone()])?).with_violations();
    /// assert_eq!(sets.metrics(), [ours]);
    /// # Ok::<(), llm_span_contract::MetricError>(())
    /// ```
    #[must_use]
    pub fn with_violations(self) -> Self {
        self.with_free(MetricSet::violations().into_parts().1)
    }

    /// With the metrics of a further set. Where a metric has a name already, or one that reads the same in Prometheus, that one holds.
    ///
    /// ```
    /// use llm_span_contract::{MetricSet, MetricSets};
    ///
    /// let sets = MetricSets::from(MetricSet::amtp()).with(MetricSet::llama_stack()).with(MetricSet::llama_stack());
    /// assert_eq!(sets.metrics().len(), MetricSet::amtp().metrics().len() + MetricSet::llama_stack().metrics().len());
    /// ```
    #[must_use]
    pub fn with(self, set: MetricSet) -> Self {
        self.with_free(set.into_parts().1)
    }

    /// With those of these metrics whose names are free.
    fn with_free(mut self, metrics: impl IntoIterator<Item = Metric>) -> Self {
        for metric in metrics {
            if self.metrics.iter().all(|other| check::clash(other, &metric).is_none()) {
                self.metrics.push(metric);
            }
        }
        self
    }
}

impl From<MetricSet> for MetricSets {
    /// The metrics of one set, in which each name is there once.
    fn from(set: MetricSet) -> Self {
        Self { metrics: set.into_parts().1 }
    }
}
