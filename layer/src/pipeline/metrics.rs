//! The metrics of a pipeline: those that are chosen, and those that are told one by one.

use std::{collections::HashSet, sync::Arc};

use llm_span_contract::{Amount, Label, Measure, Metric, MetricError, MetricSet, MetricSets, OperationSet, keys};

use super::{event::Event, processor::push, settings::Settings, worker::Queue};
use crate::metrics::{HistogramFamily, HistogramPoint, Labels, MetricEvent, MetricEvents, MetricSink, Pending, Reader};

/// The metrics that a pipeline derives.
pub(crate) struct Derived {
    pub(crate) sets: MetricSets,
    /// Names of metrics that are only told one by one: nobody has chosen them for the sinks of sums.
    hidden: Arc<HashSet<String>>,
}

impl Derived {
    /// The chosen ones, or those of the contracts, and the program's own; with `events`, also those that are told one by one.
    pub(crate) fn new(settings: &Settings, events: bool) -> Self {
        let chosen = settings.metric_sets.clone().unwrap_or_else(|| MetricSets::of_contracts(&settings.contracts));
        let chosen = settings.own_metrics.iter().cloned().fold(chosen, MetricSets::with);
        let shown: HashSet<String> = chosen.metrics().iter().map(|metric| metric.name.to_string()).collect();
        if !events {
            return Self { sets: chosen, hidden: Arc::default() };
        }
        let mut sets = chosen.with(MetricSet::llama_stack());
        if let Ok(costs) = costs() {
            sets = sets.with(costs);
        }
        let hidden = sets.metrics().iter().map(|metric| metric.name.to_string()).filter(|name| !shown.contains(name)).collect();
        Self { sets, hidden: Arc::new(hidden) }
    }

    /// The metrics that sinks of sums are given.
    pub(crate) fn shown(&self) -> Vec<Metric> {
        let all = self.sets.clone().with_violations();
        all.metrics().iter().filter(|metric| !self.hidden.contains(&*metric.name)).cloned().collect()
    }

    /// A sink that is given the chosen metrics only.
    pub(crate) fn shown_to<M: MetricSink>(&self, sink: M) -> impl MetricSink + use<M> {
        Shown { sink, hidden: Arc::clone(&self.hidden) }
    }
}

/// What each request costs, where prices are known: told beside its tokens.
fn costs() -> Result<MetricSet, MetricError> {
    let cost = Metric::decimal_counter("llm_span.cost")
        .unit("{USD}")
        .description("Cost of a request, in US dollars.")
        .of_calls(OperationSet::MODEL_CALLS)
        .measure(Measure::Cost(Amount::of(keys::LLM_COST_USD)))
        .label(Label::of("model_id", [keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL]))
        .label(Label::of("provider_id", [keys::GEN_AI_PROVIDER_NAME, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM]))
        .event("cost")
        .build()?;
    MetricSet::new("costs", [cost])
}

struct Shown<M> {
    sink: M,
    hidden: Arc<HashSet<String>>,
}

impl<M: MetricSink> MetricSink for Shown<M> {
    fn observed(&self, metric: &Metric, reader: Reader) {
        if !self.hidden.contains(&*metric.name) {
            self.sink.observed(metric, reader);
        }
    }

    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily> {
        if self.hidden.contains(&*metric.name) { Box::new(Nowhere) } else { self.sink.histogram(metric) }
    }

    fn wants_exemplars(&self) -> bool {
        self.sink.wants_exemplars()
    }

    fn takes_lots(&self, pending: Pending) -> bool {
        self.sink.takes_lots(pending)
    }
}

/// A distribution that nobody has chosen.
struct Nowhere;

impl HistogramFamily for Nowhere {
    fn bind(&self, _: &Labels) -> Box<dyn HistogramPoint> {
        Box::new(Self)
    }
}

impl HistogramPoint for Nowhere {
    fn record(&self, _: f64, _: Option<&crate::metrics::Exemplar>) {}
}

/// Hands measurements to sinks, one by one.
pub(crate) struct Told(pub(crate) Vec<Queue<Event>>);

impl MetricEvents for Told {
    fn accept(&self, event: &MetricEvent) {
        push(&self.0, &Event::Metric(Arc::new(event.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sets: &MetricSets) -> Vec<&str> {
        sets.metrics().iter().map(|metric| &*metric.name).collect()
    }

    fn derived(chosen: &[&'static str], events: bool) -> Derived {
        let sets = MetricSets::named(chosen.iter().copied()).expect("built-in sets");
        Derived::new(&Settings { metric_sets: Some(sets), ..Settings::default() }, events)
    }

    #[test]
    fn measurements_told_one_by_one_are_not_shown_as_sums_unless_chosen() {
        let derived = derived(&["llm_gateway"], true);
        assert!(names(&derived.sets).contains(&"llama_stack_tokens_total"));
        assert_eq!(derived.hidden.len(), 4, "three counts of tokens, and costs: {:?}", derived.hidden);
        assert!(!derived.hidden.contains("provider_tokens_total"));
    }

    #[test]
    fn a_chosen_set_is_shown() {
        let derived = derived(&["llama_stack"], true);
        assert_eq!(*derived.hidden, HashSet::from(["llm_span.cost".to_owned()]));
    }

    #[test]
    fn the_programs_own_metrics_are_there_whatever_is_chosen() {
        let waits = Metric::counter("jobs").of_spans_named("job").measure(Measure::Closed).build().expect("a rule");
        let own_metrics = vec![MetricSet::new("jobs", [waits]).expect("a set")];
        let metric_sets = Some(MetricSets::named(["amtp"]).expect("a built-in set"));
        let derived = Derived::new(&Settings { metric_sets, own_metrics, ..Settings::default() }, true);
        assert!(names(&derived.sets).contains(&"jobs") && names(&derived.sets).contains(&"total_tokens"));
        assert!(!derived.hidden.contains("jobs"));
    }

    #[test]
    fn without_a_sink_for_them_nothing_is_told_one_by_one() {
        let derived = derived(&["llm_gateway"], false);
        assert_eq!(derived.sets, MetricSets::named(["llm_gateway"]).expect("a built-in set"));
    }

    #[test]
    fn what_is_hidden_reaches_no_scrape() {
        let prometheus = crate::Prometheus::new();
        let derived = derived(&["amtp"], true);
        let layer = crate::LlmLayer::builder().metrics(derived.shown_to(prometheus.clone())).metric_sets(derived.sets.clone());
        let layer = layer.announce(crate::Announced::call(crate::Operation::Chat, "openai", "gpt-4o")).build();
        let text = prometheus.render(None).body;
        assert!(text.contains("llm_total_tokens_total"), "{text}");
        assert!(!text.contains("llama_stack") && !text.contains("llm_span"), "{text}");
        drop(layer);
    }
}
