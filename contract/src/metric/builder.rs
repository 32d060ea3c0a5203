//! Builds a metric.

use std::borrow::Cow;

use super::{Label, Measure, Metric, MetricError, MetricKind, Point, Spans, check};
use crate::OperationSet;

/// Builds a metric: of which spans what is measured, under which labels.
///
/// ```
/// use llm_span_contract::{Amount, Fact, Label, Measure, Metric, MetricError, Source};
///
/// // How long the store takes, by operation.
/// let duration = Metric::histogram("store.operation.duration", [0.001, 0.01, 0.1, 1.0])
///     .unit("s")
///     .description("Duration of the store's operations.")
///     .of_spans_named("store.get")
///     .of_spans_named("store.put")
///     .measure(Measure::Duration)
///     .label(Label::new("operation").or(Source::of(Fact::SpanName).only([("store.get", "get"), ("store.put", "put")])))
///     .label("store.backend")
///     .build()?;
/// assert_eq!(duration.labels.len(), 2);
///
/// // How much it moves, by direction.
/// let moved = Metric::counter("store.moved")
///     .unit("By")
///     .of_spans_with("store.backend")
///     .measure_as(Measure::Value(Amount::of("store.bytes_read")), [("direction", "read")])
///     .measure_as(Measure::Value(Amount::of("store.bytes_written")), [("direction", "written")])
///     .build()?;
/// assert_eq!(moved.points.len(), 2);
///
/// // A rule that can't be measured is refused.
/// let refused = Metric::counter("store.open").of_spans_with("store.backend").measure(Measure::Open).build().unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "metric `store.open`: a counter can't measure what is open now; make it an up-down counter: `Metric::up_down_counter(…)`"
/// );
/// # Ok::<(), MetricError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct MetricBuilder {
    metric: Metric,
    /// What narrows all spans that are meant.
    only: Spans,
}

impl Metric {
    /// A sum of whole numbers that only grows. What is negative or has a fraction is not added; see [`MetricKind::Counter`].
    pub fn counter(name: impl Into<Cow<'static, str>>) -> MetricBuilder {
        MetricBuilder::new(name, MetricKind::Counter)
    }

    /// A sum of fractions that only grows: of seconds or of money, each amount at most a billion; see [`MetricKind::DecimalCounter`].
    ///
    /// Money is a [`Measure::Cost`]. Of a [`Measure::Value`] it takes seconds: say `.unit("s")`.
    pub fn decimal_counter(name: impl Into<Cow<'static, str>>) -> MetricBuilder {
        MetricBuilder::new(name, MetricKind::DecimalCounter)
    }

    /// A sum that grows and shrinks: what is open now.
    pub fn up_down_counter(name: impl Into<Cow<'static, str>>) -> MetricBuilder {
        MetricBuilder::new(name, MetricKind::UpDownCounter)
    }

    /// The last value, or what a callback tells.
    pub fn gauge(name: impl Into<Cow<'static, str>>) -> MetricBuilder {
        MetricBuilder::new(name, MetricKind::Gauge)
    }

    /// A distribution, with the upper bounds of its buckets, ascending; one more bucket takes the rest.
    pub fn histogram(name: impl Into<Cow<'static, str>>, boundaries: impl Into<Vec<f64>>) -> MetricBuilder {
        MetricBuilder::new(name, MetricKind::Histogram { boundaries: Cow::Owned(boundaries.into()) })
    }
}

impl MetricBuilder {
    fn new(name: impl Into<Cow<'static, str>>, kind: MetricKind) -> Self {
        let metric = Metric {
            name: name.into(),
            namespace: None,
            kind,
            unit: Cow::Borrowed(""),
            description: Cow::Borrowed(""),
            spans: Vec::new(),
            points: Vec::new(),
            labels: Vec::new(),
            event: None,
        };
        Self { metric, only: Spans::all() }
    }

    /// The unit, in UCUM's notation: `s`, `By`; what is no unit of measurement in braces: `{token}`.
    ///
    /// A unit in braces is not appended to the name in Prometheus. A word (`bytes`, `seconds`, `tokens`) is refused with what it is in UCUM.
    pub fn unit(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
        self.metric.unit = unit.into();
        self
    }

    /// What it says, in a sentence.
    pub fn description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.metric.description = description.into();
        self
    }

    /// What its name is prefixed with in Prometheus; see [`Metric::namespace`].
    pub fn namespace(mut self, namespace: impl Into<Cow<'static, str>>) -> Self {
        self.metric.namespace = Some(namespace.into());
        self
    }

    /// Measures these spans. Said several times: the spans that any of these means.
    ///
    /// Where nothing is said, every span is measured.
    pub fn of(mut self, spans: Spans) -> Self {
        self.metric.spans.push(spans);
        self
    }

    /// Measures spans of this name; said beside another `of…`, those, too.
    ///
    /// The name as `tracing` has it: `#[instrument]` without `name` uses the function's. A name that no span has measures nothing, and
    /// nothing tells.
    pub fn of_spans_named(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.of(Spans::named([name]))
    }

    /// Measures spans on which this attribute was recorded; said beside another `of…`, those, too.
    pub fn of_spans_with(self, key: impl Into<Cow<'static, str>>) -> Self {
        self.of(Spans::with([key]))
    }

    /// Measures calls of these operations; said beside another `of…`, those, too. See [`Spans::calls`].
    pub fn of_calls(self, operations: OperationSet) -> Self {
        self.of(Spans::calls(operations))
    }

    /// Of all these spans only those on which the attribute says one of these values, of which there must be one; see
    /// [`Spans::only_where`].
    pub fn only_where<V: Into<Cow<'static, str>>>(
        mut self,
        key: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.only = self.only.only_where(key, values);
        self
    }

    /// Of all these spans only those on which the attribute was recorded.
    pub fn only_with(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.only = self.only.only_with(key);
        self
    }

    /// What is measured of each span.
    pub fn measure(self, measure: Measure) -> Self {
        self.measure_as(measure, [] as [(&'static str, &'static str); 0])
    }

    /// What is measured of each span, under labels with a fixed value. Said several times, each is measured.
    pub fn measure_as<K: Into<Cow<'static, str>>, V: Into<Cow<'static, str>>>(
        mut self,
        measure: Measure,
        labels: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let fixed = labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.metric.points.push(Point { measure, fixed });
        self
    }

    /// A label of its measurements: an attribute's name, or a [`Label`] that says more.
    pub fn label(mut self, label: impl Into<Label>) -> Self {
        self.metric.labels.push(label.into());
        self
    }

    /// Labels of its measurements, in order.
    pub fn labels<L: Into<Label>>(mut self, labels: impl IntoIterator<Item = L>) -> Self {
        self.metric.labels.extend(labels.into_iter().map(Into::into));
        self
    }

    /// Tells each single measurement, too, under this name; see [`Metric::event`].
    pub fn event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.metric.event = Some(name.into());
        self
    }

    /// The metric.
    ///
    /// # Errors
    ///
    /// Where the rule could not be measured, or not be told to Prometheus: a name, unit, label or bucket that is none, a measure that the
    /// kind can't take, labels that nothing gives or that are there twice, spans that are none, a list of names or values that is empty.
    pub fn build(self) -> Result<Metric, MetricError> {
        let metric = self.finish();
        check::check(&metric)?;
        Ok(metric)
    }

    /// The metric, as it was said. For the built-in ones: a test shows that they are none of those that are refused.
    pub(crate) fn finish(self) -> Metric {
        let Self { mut metric, only } = self;
        let is_of_no_span = metric.points.iter().any(|point| matches!(point.measure, Measure::Callback | Measure::Violations));
        if metric.spans.is_empty() && (!is_of_no_span || !only.conditions.is_empty()) {
            metric.spans.push(Spans::all());
        }
        for spans in std::mem::take(&mut metric.spans) {
            join(&mut metric.spans, spans);
        }
        for spans in &mut metric.spans {
            spans.conditions.extend(only.conditions.iter().cloned());
        }
        metric
    }
}

/// Spans that differ in their selectors alone are asked for at once.
fn join(all: &mut Vec<Spans>, spans: Spans) {
    let is_alike = |other: &&mut Spans| {
        let conditions = other.except == spans.except && other.conditions == spans.conditions;
        conditions && other.operations == spans.operations && !other.selectors.is_empty() && !spans.selectors.is_empty()
    };
    match all.iter_mut().find(is_alike) {
        Some(other) => other.selectors.extend(spans.selectors),
        None => all.push(spans),
    }
}
