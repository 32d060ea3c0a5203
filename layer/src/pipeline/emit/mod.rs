//! Events that the program emits itself.

mod place;
mod registrar;
mod sums;
mod taken;
mod unit;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Instant, SystemTime},
};

use llm_span_contract::Metric;

use self::sums::Totals;
use super::{
    event::{Event, Severity},
    processor::push,
    worker::Queue,
};
use crate::metrics::{Labels, MetricEvent, MetricSink, Number, cleaned, cut};

/// Emits log lines and measurements of the program's own: the events that Llama Stack calls unstructured logs and metrics. Clones are the same.
///
/// Its third kind, a span's start and its end, is told by every span: by an annotated call, by [`call`](crate::call()), by
/// `tracing::info_span!`. There is nothing to emit by hand.
///
/// [`Guard::events`](super::Guard::events) gives it. The default is that of a program without a pipeline: its measurements go nowhere.
///
/// Nothing here waits for a sink, fails or panics; what has no room in a sink's queue is dropped and counted.
///
/// ```
/// use llm_span::{Telemetry, pipeline::Severity};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (layer, guard) = Telemetry::new().environment([]).build::<tracing_subscriber::Registry>()?;
/// // … layer goes into the program's subscriber …
/// # drop(layer);
/// let events = guard.events();
/// events.log(Severity::Info, "cache is warm");
/// events.metric("cache_entries_read", 10, "entries").attribute("cache", "prompts").emit();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Events {
    queues: Vec<Queue<Event>>,
    totals: Option<Arc<Totals>>,
}

/// The target of log lines that have none of their own.
const TARGET: &str = "llm_span::events";

impl Events {
    /// To these queues (console, SQLite), and counted in these sinks (OpenTelemetry, Prometheus), which have the derived metrics already.
    pub(crate) fn new<'m>(
        queues: Vec<Queue<Event>>,
        sinks: Vec<Box<dyn MetricSink>>,
        derived: impl IntoIterator<Item = &'m Metric>,
    ) -> Self {
        let totals = (!sinks.is_empty()).then(|| Arc::new(Totals::new(sinks, derived)));
        Self { queues, totals }
    }

    /// Waits until the sums of what was emitted so far can be collected; whether that was in time.
    pub(crate) fn settle(&self, deadline: Instant) -> bool {
        self.totals.as_ref().is_none_or(|totals| totals.settle(deadline))
    }

    /// A log line, with the ids of the current span: a `tracing` event of target `llm_span::events`, so it is written wherever log lines are,
    /// filtered as they are, also where telemetry is disabled.
    ///
    /// A line with fields is an event of `tracing`'s macros, which goes the same way. An error with the field `severity = "critical"` is
    /// [critical](Severity::Critical):
    ///
    /// ```
    /// tracing::error!(severity = "critical", attempt = 3, "no provider answers");
    /// ```
    pub fn log(&self, severity: Severity, message: &str) {
        match severity {
            Severity::Verbose => tracing::trace!(target: TARGET, "{message}"),
            Severity::Debug => tracing::debug!(target: TARGET, "{message}"),
            Severity::Info => tracing::info!(target: TARGET, "{message}"),
            Severity::Warn => tracing::warn!(target: TARGET, "{message}"),
            Severity::Error => tracing::error!(target: TARGET, "{message}"),
            Severity::Critical => tracing::error!(target: TARGET, severity = Severity::Critical.name(), "{message}"),
        }
    }

    /// A measurement: what was measured, a value, its unit. It is emitted by [`MetricEmission::emit`].
    ///
    /// Each goes to console and SQLite one by one, with trace and span id of the current span, whatever the sampler says. In OpenTelemetry's
    /// metrics and in Prometheus they are added up by name and attributes. What kind of sum it is the first value of a name decides:
    ///
    /// | first value | sum |
    /// |---|---|
    /// | a whole number, not negative | a counter |
    /// | a fraction (`f64`, `f32`), not negative | a counter of fractions |
    /// | negative, or [`up_down`](MetricEmission::up_down) | grows and shrinks; of fractions Prometheus and OpenTelemetry are told a gauge |
    ///
    /// What does not fit is left out of the sum, and told once a name by a log line: something negative in a counter, a fraction among whole
    /// numbers, another unit, no number. A name that OpenTelemetry has no instrument for (it wants a letter, then letters, digits, `_`, `.`,
    /// `-`, `/`) has no sum, and so has the 513th name: names are for kinds of measurements, attributes for what differs. At most 1,990 sets
    /// of attributes of a name are told apart. Single measurements are told in any case.
    ///
    /// Nor has a name a sum that another metric has already, derived or emitted: in OpenTelemetry, which ignores case, or in Prometheus, in which
    /// `a.b` and `a_b` are one. That is told by a log line, too, once a name. A sum shows up in the collection or scrape after its first value,
    /// or a moment later, with all of its values; [`Guard::flush`](super::Guard::flush) waits for that.
    ///
    /// A unit that is none of UCUM's (`tokens`, `count`) is told to OpenTelemetry in braces, `{tokens}`; `seconds` is `s`, `bytes` is `By`.
    ///
    /// ```
    /// # let events = llm_span::pipeline::Events::default();
    /// events.metric("my_metric", 10, "count").emit();
    /// events.metric("queue_cost", 0.25, "USD").attribute("tenant", "acme").emit();
    /// events.metric("waiting", -1, "requests").up_down().emit();
    /// ```
    pub fn metric(
        &self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Number>,
        unit: impl Into<Cow<'static, str>>,
    ) -> MetricEmission<'_> {
        MetricEmission {
            events: self,
            name: name.into(),
            value: value.into(),
            unit: unit.into(),
            up_down: false,
            attributes: BTreeMap::new(),
        }
    }
}

/// A measurement that is about to be emitted.
#[must_use = "nothing is emitted until `emit`"]
pub struct MetricEmission<'a> {
    events: &'a Events,
    name: Cow<'static, str>,
    value: Number,
    unit: Cow<'static, str>,
    up_down: bool,
    attributes: BTreeMap<Cow<'static, str>, Arc<str>>,
}

impl MetricEmission<'_> {
    /// With an attribute. Of two of one name the last holds. A value is cut at 256 bytes, control characters in it are replaced.
    pub fn attribute(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.attributes.insert(clean(name.into()), Arc::from(&*cleaned(&value.into())));
        self
    }

    /// Its sum may shrink, so that later values may be negative. To be said with the first value of a name.
    pub fn up_down(mut self) -> Self {
        self.up_down = true;
        self
    }

    /// Emits it.
    pub fn emit(self) {
        let Self { events, name, value, unit, up_down, attributes } = self;
        if events.queues.is_empty() && events.totals.is_none() {
            return;
        }
        let (name, unit) = (clean(name), clean(unit));
        let attributes: Labels = attributes.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        if !events.queues.is_empty() {
            let (trace_id, span_id) = place::current_ids().unzip();
            let timestamp = SystemTime::now();
            let (metric, unit, attributes) = (name.clone(), unit.clone(), attributes.clone());
            let event = MetricEvent { trace_id, span_id, metric, value, unit, timestamp, attributes };
            push(&events.queues, &Event::Metric(Arc::new(event)));
        }
        if let Some(totals) = &events.totals {
            totals.add(&name, value, &unit, up_down, &attributes);
        }
    }
}

impl fmt::Debug for MetricEmission<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, unit, .. } = self;
        f.debug_struct("MetricEmission").field("name", name).field("value", value).field("unit", unit).finish_non_exhaustive()
    }
}

/// Cut and cleaned; kept as it is where it is clean.
fn clean(text: Cow<'static, str>) -> Cow<'static, str> {
    match text {
        Cow::Borrowed(text) => cleaned(text),
        Cow::Owned(text) if cut(&text).len() == text.len() && matches!(cleaned(&text), Cow::Borrowed(_)) => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(cleaned(&text).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_pipeline_nothing_happens() {
        let events = Events::default();
        events.log(Severity::Critical, "nobody listens");
        events.metric("my_metric", 10, "count").attribute("k", "v").emit();
    }

    #[test]
    fn names_are_cut_and_cleaned() {
        assert_eq!(clean("a\nb".into()), "a\u{fffd}b");
        assert_eq!(clean(Cow::Owned("x".repeat(300))).len(), 256);
        assert_eq!(clean(Cow::Owned("ok".to_owned())), "ok");
    }
}
