//! Measurements told one by one, as they are made.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use llm_span_contract::Metric;

use super::{Exemplar, Labels, Number};

/// One measurement of a span, as Llama Stack tells each of them: nothing is added up beforehand.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MetricEvent {
    /// The trace's id as 32 hexadecimal digits, where one is known.
    pub trace_id: Option<String>,
    /// The span's id as 16 hexadecimal digits, where one is known.
    pub span_id: Option<String>,
    /// The name under which it is told: `prompt_tokens`.
    pub metric: Cow<'static, str>,
    /// What was measured.
    pub value: Number,
    /// The metric's unit, without the braces that mark it as one of nobody's system: `tokens`, `s`.
    pub unit: Cow<'static, str>,
    /// When it was measured.
    pub timestamp: SystemTime,
    /// The labels of the measurement. A value from outside is cut and cleaned, as in the metric itself.
    pub attributes: Labels,
}

impl MetricEvent {
    /// A measurement of a metric, now. `None` of a metric whose measurements are not told one by one.
    pub(crate) fn of(metric: &Metric, value: Number, attributes: Labels, span: Option<Exemplar>) -> Option<Self> {
        let name = metric.event.clone()?;
        let (trace_id, span_id) = span.map(|span| (span.trace_id, span.span_id)).unzip();
        let timestamp = SystemTime::now();
        Some(Self { trace_id, span_id, metric: name, value, unit: without_braces(metric.unit.clone()), timestamp, attributes })
    }
}

/// A unit in braces is told without them.
fn without_braces(unit: Cow<'static, str>) -> Cow<'static, str> {
    match unit.strip_prefix('{').and_then(|unit| unit.strip_suffix('}')) {
        Some(inner) => Cow::Owned(inner.to_owned()),
        None => unit,
    }
}

/// `prompt_tokens 128 tokens {model_id="gpt-4o"} at 1763735552.636`, and the ids where they are known. The time is in seconds since 1970.
impl fmt::Display for MetricEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, span_id, metric, value, unit, timestamp, attributes } = self;
        write!(f, "{metric} {value}")?;
        if !unit.is_empty() {
            write!(f, " {unit}")?;
        }
        let mut separator = " {";
        for (name, value) in attributes.iter() {
            write!(f, "{separator}{name}={value:?}")?;
            separator = ",";
        }
        if separator == "," {
            f.write_str("}")?;
        }
        let since = timestamp.duration_since(UNIX_EPOCH).unwrap_or_default();
        write!(f, " at {}.{:03}", since.as_secs(), since.subsec_millis())?;
        for (name, id) in [("trace", trace_id), ("span", span_id)] {
            if let Some(id) = id {
                write!(f, " {name} {id}")?;
            }
        }
        Ok(())
    }
}

/// Takes measurements one by one.
///
/// It is called on the thread of the span, when the span ends: it must not block, and must not open spans or emit events. A closure and
/// an `Arc` of a listener are listeners. Only metrics that have a name for it are told: those of Llama Stack, and rules of one's own
/// that give one.
///
/// ```
/// use llm_span::{MetricEvent, MetricEvents};
///
/// fn listener() -> impl MetricEvents {
///     |event: &MetricEvent| {
///         // hand it to a queue
///     }
/// }
/// ```
pub trait MetricEvents: Send + Sync + 'static {
    /// Takes one measurement.
    fn accept(&self, event: &MetricEvent);
}

impl<F: Fn(&MetricEvent) + Send + Sync + 'static> MetricEvents for F {
    fn accept(&self, event: &MetricEvent) {
        self(event);
    }
}

impl<E: MetricEvents + ?Sized> MetricEvents for Arc<E> {
    fn accept(&self, event: &MetricEvent) {
        (**self).accept(event);
    }
}

/// Keeps the first measurements in memory, for a program or a test to look at; clones share them.
///
/// ```
/// let events = llm_span::CollectMetricEvents::default();
/// assert!(events.take().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct CollectMetricEvents {
    state: Arc<Mutex<State>>,
    bound: usize,
}

#[derive(Debug, Default)]
struct State {
    kept: Vec<MetricEvent>,
    dropped: u64,
}

impl CollectMetricEvents {
    /// Keeps at most `bound` measurements at a time; further ones are counted.
    pub fn bounded(bound: usize) -> Self {
        Self { state: Arc::default(), bound }
    }

    /// Takes what was measured since the last time.
    pub fn take(&self) -> Vec<MetricEvent> {
        std::mem::take(&mut self.lock().kept)
    }

    /// How many measurements had no room.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// With room for 10,000 measurements.
impl Default for CollectMetricEvents {
    fn default() -> Self {
        Self::bounded(10_000)
    }
}

impl MetricEvents for CollectMetricEvents {
    fn accept(&self, event: &MetricEvent) {
        let mut state = self.lock();
        if state.kept.len() < self.bound {
            state.kept.push(event.clone());
        } else {
            state.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use llm_span_contract::{Measure, MetricBuilder};

    use super::*;

    fn metric(event: Option<&'static str>, unit: &'static str) -> Metric {
        let metric = Metric::counter("llama_stack_prompt_tokens_total").measure(Measure::Closed);
        let mut metric = event.into_iter().fold(metric, MetricBuilder::event).build().unwrap();
        // An unclosed brace is none that a builder takes.
        metric.unit = unit.into();
        metric
    }

    fn event(unit: &'static str) -> MetricEvent {
        let labels = [("model_id", "gpt-4o"), ("provider_id", "open\"ai")].into_iter().collect();
        let span = Exemplar::new("a7bf9a60a64045ed393df05d18efc717", "c97c8da977879e9c");
        let mut event = MetricEvent::of(&metric(Some("prompt_tokens"), unit), Number::Unsigned(128), labels, Some(span)).unwrap();
        event.timestamp = UNIX_EPOCH + Duration::from_millis(1_763_735_552_036);
        event
    }

    #[test]
    fn a_unit_in_braces_is_told_without_them() {
        let units = ["{tokens}", "s", "", "{open"].map(|unit| event(unit).unit);
        assert_eq!(units, ["tokens", "s", "", "{open"]);
    }

    #[test]
    fn only_a_metric_that_has_a_name_for_it_is_told() {
        assert_eq!(MetricEvent::of(&metric(None, "{tokens}"), Number::Unsigned(1), Labels::default(), None), None);
    }

    #[test]
    fn an_event_is_shown_as_one_line() {
        let shown = event("{tokens}").to_string();
        assert_eq!(
            shown,
            r#"prompt_tokens 128 tokens {model_id="gpt-4o",provider_id="open\"ai"} at 1763735552.036 trace a7bf9a60a64045ed393df05d18efc717 span c97c8da977879e9c"#
        );
        let bare = MetricEvent { trace_id: None, span_id: None, attributes: Labels::default(), ..event("") };
        assert_eq!(bare.to_string(), "prompt_tokens 128 at 1763735552.036");
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let events = CollectMetricEvents::bounded(1);
        let listener: Arc<dyn MetricEvents> = Arc::new(events.clone());
        (0..3).for_each(|_| listener.accept(&event("{tokens}")));
        assert_eq!((events.take().len(), events.dropped(), events.take().len()), (1, 2, 0));
    }
}
