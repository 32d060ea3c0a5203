//! Sets of metrics, chosen by name.

use std::borrow::Cow;

use super::{Metric, MetricError, check, sets};
use crate::{Generation, suggest};

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
    metrics: Vec<Metric>,
}

impl MetricSet {
    /// The names of the built-in sets.
    pub const NAMES: [&'static str; 10] =
        ["amtp", "gen_ai", "gen_ai/g2", "gen_ai/g3", "llama_stack", "llm_gateway", "twinkle", "spanmetrics", "mcp", "violations"];

    fn built_in(name: &'static str, metrics: Vec<Metric>) -> Self {
        Self { name: Cow::Borrowed(name), metrics }
    }

    /// The token counters of the AMTP contract, and the cost beside them.
    pub fn amtp() -> Self {
        Self::built_in("amtp", sets::amtp::metrics())
    }

    /// The client metrics of the OpenTelemetry GenAI conventions, of a generation.
    pub fn gen_ai(generation: Generation) -> Self {
        Self::built_in(generation.contract_name(), sets::gen_ai::metrics(generation))
    }

    /// Llama Stack's token counters; each measurement is told as a metric event, too.
    pub fn llama_stack() -> Self {
        Self::built_in("llama_stack", sets::llama_stack::metrics())
    }

    /// An LLM gateway's: HTTP requests, provider calls, the conversation store.
    ///
    /// A provider call is a span `provider.generate` or `provider.generate_stream`, or any call that generates text. Where one stands inside
    /// another, tokens that the outer one repeats are counted once, but requests and durations of both: give the outer span another name.
    pub fn llm_gateway() -> Self {
        Self::built_in("llm_gateway", sets::llm_gateway::metrics())
    }

    /// Twinkle's: HTTP requests, the task queue, what is active.
    pub fn twinkle() -> Self {
        Self::built_in("twinkle", sets::twinkle::metrics())
    }

    /// What Tempo's metrics generator derives from sampled traces: calls and durations of every span, here of all of them.
    pub fn spanmetrics() -> Self {
        Self::built_in("spanmetrics", sets::spanmetrics::metrics())
    }

    /// Of servers and clients of the Model Context Protocol.
    pub fn mcp() -> Self {
        Self::built_in("mcp", sets::mcp::metrics())
    }

    /// Violations of contracts.
    pub fn violations() -> Self {
        Self::built_in("violations", sets::violations::metrics())
    }

    /// The built-in set of that name, one of [`MetricSet::NAMES`]; `gen_ai/g1` is `gen_ai`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "amtp" => Some(Self::amtp()),
            "gen_ai" | "gen_ai/g1" => Some(Self::gen_ai(Generation::G1)),
            "gen_ai/g2" => Some(Self::gen_ai(Generation::G2)),
            "gen_ai/g3" => Some(Self::gen_ai(Generation::G3)),
            "llama_stack" => Some(Self::llama_stack()),
            "llm_gateway" => Some(Self::llm_gateway()),
            "twinkle" => Some(Self::twinkle()),
            "spanmetrics" => Some(Self::spanmetrics()),
            "mcp" => Some(Self::mcp()),
            "violations" => Some(Self::violations()),
            _ => None,
        }
    }

    /// The built-in set of that name, or why there is none.
    pub(super) fn find(name: &str) -> Result<Self, MetricError> {
        Self::named(name).ok_or_else(|| {
            let help = suggest::nearest(name, Self::NAMES).map_or_else(
                || format!("expected one of {}", Self::NAMES.map(|name| format!("`{name}`")).join(", ")),
                |nearest| format!("did you mean `{nearest}`?"),
            );
            MetricError::new(format!("there is no metric set `{name}`; {help}"))
        })
    }

    /// A set of one's own.
    ///
    /// # Errors
    ///
    /// When it has no name, when a metric is none that [`MetricBuilder::build`](crate::MetricBuilder::build) would give, or when two have one
    /// name or would in Prometheus.
    pub fn new(name: impl Into<Cow<'static, str>>, metrics: impl IntoIterator<Item = Metric>) -> Result<Self, MetricError> {
        let mut set = Self { name: name.into(), metrics: Vec::new() };
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

    /// Its metrics, in order.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    pub(super) fn into_parts(self) -> (Cow<'static, str>, Vec<Metric>) {
        (self.name, self.metrics)
    }
}
