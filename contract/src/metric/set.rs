//! Sets of metrics, chosen by name.

use std::borrow::Cow;

use super::{Metric, MetricError, check};

/// Metrics that belong together: what one system's dashboards read.
///
/// ```
/// use llm_span_contract::{Measure, Metric, MetricSet};
///
/// let evictions = Metric::counter("cache.evictions").of_spans_named("cache.evict").measure(Measure::Closed).build()?;
/// let set = MetricSet::new("ours", [evictions])?.with_label("region", "eu-1")?;
/// assert_eq!(set.metrics()[0].points[0].fixed, [("region".into(), "eu-1".into())]);
/// # Ok::<(), llm_span_contract::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSet {
    name: Cow<'static, str>,
    description: &'static str,
    metrics: Vec<Metric>,
}

impl MetricSet {
    /// A set whose metrics a test shows to be none of those that are refused.
    pub(super) fn built_in(name: &'static str, description: &'static str, metrics: Vec<Metric>) -> Self {
        Self { name: Cow::Borrowed(name), description, metrics }
    }

    /// A set of one's own.
    ///
    /// # Errors
    ///
    /// When it has no name, when a metric is none that [`MetricBuilder::build`](crate::MetricBuilder::build) would give, or when two have one
    /// name or would in Prometheus.
    pub fn new(name: impl Into<Cow<'static, str>>, metrics: impl IntoIterator<Item = Metric>) -> Result<Self, MetricError> {
        let mut set = Self { name: name.into(), description: "", metrics: Vec::new() };
        if set.name.trim().is_empty() {
            return Err(MetricError::new("a set of metrics needs a name: errors speak of it"));
        }
        metrics.into_iter().try_for_each(|metric| set.push(metric))?;
        Ok(set)
    }

    /// With one more. One of the same name is replaced.
    ///
    /// ```
    /// use llm_span_contract::{Measure, Metric, MetricSet};
    ///
    /// let slow = |name: &'static str| Metric::counter(name).of_spans_with("llm.slow").measure(Measure::Closed).build();
    /// let set = MetricSet::amtp().and(slow("slow_calls")?)?;
    /// assert_eq!(set.metrics().len(), MetricSet::amtp().metrics().len() + 1);
    ///
    /// let refused = set.and(slow("slow.calls")?).unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "set `amtp`: `slow_calls` and `slow.calls` both read `slow_calls_total` in Prometheus; rename one of them"
    /// );
    /// # Ok::<(), llm_span_contract::MetricError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the metric is none that [`MetricBuilder::build`](crate::MetricBuilder::build) would give, or reads in Prometheus as another one of
    /// the set does.
    pub fn and(mut self, metric: Metric) -> Result<Self, MetricError> {
        self.metrics.retain(|other| other.name != metric.name);
        self.push(metric)?;
        Ok(self)
    }

    /// Every metric comes through here, or is a built-in one: what is in a set can be measured, and told apart.
    fn push(&mut self, metric: Metric) -> Result<(), MetricError> {
        check::check(&metric)?;
        if let Some(clash) = self.metrics.iter().find_map(|other| check::clash(other, &metric)) {
            return Err(MetricError::new(format!("set `{}`: {clash}; rename one of them", self.name)));
        }
        self.metrics.push(metric);
        Ok(())
    }

    /// Puts a label with a constant value on all its metrics. Where a metric has a label of that name, the constant takes its place.
    ///
    /// # Errors
    ///
    /// When the label's name or value is none that a metric may have.
    pub fn with_label(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Result<Self, MetricError> {
        let (name, value) = (name.into(), value.into());
        for metric in &mut self.metrics {
            metric.labels.retain(|label| label.name != name);
            for point in &mut metric.points {
                point.fixed.retain(|(label, _)| *label != name);
                point.fixed.push((name.clone(), value.clone()));
            }
            check::check(metric)?;
        }
        Ok(self)
    }

    /// The name it is chosen by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose metrics a built-in set has, in a sentence. Empty of a set of one's own.
    pub fn description(&self) -> &str {
        self.description
    }

    /// Its metrics, in order.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    pub(super) fn into_parts(self) -> (Cow<'static, str>, Vec<Metric>) {
        (self.name, self.metrics)
    }
}
