//! Where spans end otherwise than most, and where the user's own code takes part.

use std::{cell::RefCell, thread};

use llm_span::{
    HistogramFamily, HistogramPoint, IgnoreFindings, Labels, LlmLayer, MetricEvent, MetricSink, Prometheus, Reader,
    contract::{Amount, Label, Measure, Metric, MetricSet, MetricSets, Source},
};
use tracing::{Span, dispatcher, field::Empty, info_span};
use tracing_subscriber::prelude::*;

use super::support::{Sinks, Telemetry, expected};

fn jobs() -> Metric {
    Metric::counter("jobs").of_spans_named("job").measure(Measure::Closed).build().unwrap()
}

thread_local!(static HELD: RefCell<Option<Span>> = const { RefCell::new(None) });

#[test]
fn a_span_that_is_closed_when_its_thread_ends_is_measured() {
    let rules: MetricSets = MetricSet::new("test", [jobs()]).unwrap().into();
    // No layer of others beside: they may not bear it.
    let sinks = Sinks::of(&rules);
    let layer = sinks.join(LlmLayer::builder().findings(IgnoreFindings).metric_sets(rules)).build();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    thread::spawn(move || {
        // First the local that holds the span, so that it goes last.
        HELD.with(|held| drop(held.borrow_mut().take()));
        let job = dispatcher::with_default(&dispatch, || info_span!("job"));
        HELD.with(|held| *held.borrow_mut() = Some(job));
    })
    .join()
    .unwrap();
    assert_eq!(sinks.series(), expected([("jobs_total{}", 1.0)]));
}

#[test]
fn an_outcome_that_is_told_when_the_span_begins_does_not_end_it() {
    let telemetry = Telemetry::of_sets(["llama_stack"]);
    telemetry.run(|| {
        let span = info_span!(
            "llm.completion",
            llm.provider = "openai",
            llm.model = "m",
            gen_ai.operation.name = "chat",
            llm.outcome = "ok",
            llm.tokens.prompt = Empty,
            llm.tokens.completion = Empty,
        );
        span.record("llm.tokens.prompt", 10_i64);
        span.record("llm.tokens.completion", 5_i64);
    });
    let prompt = telemetry.value("llama_stack_prompt_tokens_total{model_id=m,provider_id=openai}");
    let completion = telemetry.value("llama_stack_completion_tokens_total{model_id=m,provider_id=openai}");
    assert_eq!((prompt, completion), (Some(10.0), Some(5.0)));
}

#[test]
fn labels_from_very_many_places_are_all_told_apart() {
    let names: Vec<String> = (0..9).map(|i| format!("l{i}")).collect();
    let label = |name: &String| {
        let from = |at: &str| Source::attribute(format!("{name}.{at}")).renamed([("x", "y")]);
        Label::new(name.clone()).or(from("a")).or(from("b")).or(from("c"))
    };
    let many = Metric::counter("many").of_spans_named("job").measure(Measure::Closed).labels(names.iter().map(label));
    let telemetry = Telemetry::of([many.build().unwrap()]);
    macro_rules! job {
        ($last:expr) => {
            info_span!(
                "job",
                l0.a = 0,
                l0.b = 0,
                l0.c = 0,
                l1.a = 1,
                l1.b = 1,
                l1.c = 1,
                l2.a = 2,
                l2.b = 2,
                l2.c = 2,
                l3.a = 3,
                l3.b = 3,
                l3.c = 3,
                l4.a = 4,
                l4.b = 4,
                l4.c = 4,
                l5.a = 5,
                l5.b = 5,
                l5.c = 5,
                l6.a = 6,
                l6.b = 6,
                l6.c = 6,
                l7.a = 7,
                l7.b = 7,
                l7.c = 7,
                l8.a = $last,
                l8.b = 8,
                l8.c = 8,
            )
        };
    }
    telemetry.run(|| (job!("x"), job!("other")));
    let series = telemetry.series();
    assert_eq!(series.len(), 2, "{series:?}");
    assert!(series.keys().any(|series| series.contains("l8=y")) && series.keys().any(|series| series.contains("l8=other")));
}

#[test]
fn tokens_that_the_gateway_s_span_repeats_are_counted_once() {
    let telemetry = Telemetry::of_sets(["llm_gateway"]);
    telemetry.run(|| {
        let generate = info_span!(
            "provider.generate",
            provider.name = "p",
            provider.model = "m",
            provider.input_tokens = 10_i64,
            provider.output_tokens = 5_i64
        );
        let _within = generate.enter();
        let model = info_span!(
            "llm.completion",
            gen_ai.operation.name = "chat",
            llm.provider = "p",
            llm.model = "m",
            llm.tokens.prompt = 10_i64,
            llm.tokens.completion = 5_i64,
        );
        drop(model);
    });
    assert_eq!(telemetry.value("provider_tokens_total{model=m,provider=p,type=input}"), Some(10.0));
    assert_eq!(telemetry.value("provider_tokens_total{model=m,provider=p,type=output}"), Some(5.0));
}

#[test]
fn an_operation_of_somebody_s_own_is_a_request_to_a_model_and_no_generation() {
    let telemetry = Telemetry::of_sets(["llama_stack", "llm_gateway"]);
    telemetry.run(|| {
        info_span!(
            "speech",
            gen_ai.operation.name = "transcription",
            gen_ai.provider.name = "p",
            gen_ai.request.model = "m",
            gen_ai.usage.input_tokens = 7_i64
        );
    });
    let series = telemetry.series();
    assert_eq!(series.get("llama_stack_prompt_tokens_total{model_id=m,provider_id=p}"), Some(&7.0));
    assert!(!series.keys().any(|series| series.starts_with("provider_")), "{series:?}");
}

#[test]
fn the_probe_of_the_doctor_is_measured_by_no_rule() {
    let telemetry = Telemetry::of_sets(["spanmetrics"]);
    telemetry.run(|| drop(llm_span::doctor(module_path!())));
    assert_eq!(telemetry.series(), expected([]));
}

/// Panics wherever it can.
struct Panics;

impl MetricSink for Panics {
    fn observed(&self, _: &Metric, _: Reader) {}
    fn histogram(&self, _: &Metric) -> Box<dyn HistogramFamily> {
        Box::new(Self)
    }
}

impl HistogramFamily for Panics {
    fn bind(&self, _: &Labels) -> Box<dyn HistogramPoint> {
        panic!("told to")
    }
}

#[test]
fn a_sink_that_panics_takes_nothing_from_the_others() {
    llm_span::testing::keep_callsites_open();
    let size = Metric::histogram("size", [10.0]).of_spans_named("job").measure(Measure::Value(Amount::of("size")));
    let rules = MetricSet::new("test", [size.build().unwrap(), jobs()]).unwrap();
    let prometheus = Prometheus::new();
    let layer = LlmLayer::builder().metrics(Panics).metrics(prometheus.clone()).metric_sets(rules).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || drop(info_span!("job", size = 3)));
    let scrape = prometheus.render(None).body;
    assert!(scrape.contains("size_count 1") && scrape.contains("jobs_total 1"), "{scrape}");
}

/// Opens a span of the rule whenever it makes an instrument or records.
struct Opens;

impl MetricSink for Opens {
    fn observed(&self, _: &Metric, _: Reader) {}
    fn histogram(&self, _: &Metric) -> Box<dyn HistogramFamily> {
        Box::new(Self)
    }
}

impl HistogramFamily for Opens {
    fn bind(&self, _: &Labels) -> Box<dyn HistogramPoint> {
        drop(info_span!("job", size = 1));
        Box::new(Self)
    }
}

impl HistogramPoint for Opens {
    fn record(&self, _: f64, _: Option<&llm_span::Exemplar>) {
        drop(info_span!("job", size = 1));
    }
}

#[test]
fn spans_that_sinks_and_listeners_open_are_not_measured_for_ever() {
    llm_span::testing::keep_callsites_open();
    let size = Metric::histogram("size", [10.0]).of_spans_named("job").measure(Measure::Value(Amount::of("size"))).event("size");
    let rules = MetricSet::new("test", [size.build().unwrap()]).unwrap();
    let prometheus = Prometheus::new();
    let listener = |_: &MetricEvent| drop(info_span!("job", size = 1));
    let layer = LlmLayer::builder().metrics(Opens).metrics(prometheus.clone()).metric_events(listener).metric_sets(rules).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || drop(info_span!("job", size = 3)));
    assert!(prometheus.render(None).body.contains("size_count 1"));
}

#[test]
fn an_amount_that_may_be_negative_is_read_as_it_was_told() {
    let value = |name: &'static str, key: &'static str| {
        Metric::gauge(name).of_spans_named("ask").measure(Measure::Value(Amount::of(key))).build().unwrap()
    };
    let cold =
        Metric::counter("cold").of_spans_named("ask").only_where("gen_ai.request.temperature", ["0.7"]).measure(Measure::Closed);
    let telemetry = Telemetry::of([
        value("penalty", "gen_ai.request.presence_penalty"),
        value("temperature", "gen_ai.request.temperature"),
        cold.build().unwrap(),
    ]);
    telemetry.run(|| drop(info_span!("ask", gen_ai.request.presence_penalty = -0.5, gen_ai.request.temperature = 0.7)));
    assert_eq!(telemetry.value("penalty{}"), Some(-0.5));
    assert_eq!(telemetry.value("temperature{}"), Some(0.7));
    assert_eq!(telemetry.value("cold_total{}"), Some(1.0));
}
