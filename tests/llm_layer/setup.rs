//! `doctor`: what it says of a set-up.

use llm_span::{IdSource, JsonLogs, LlmLayer, Problem, doctor};
use opentelemetry::trace::TracerProvider as _;
use tracing_subscriber::{filter::LevelFilter, prelude::*, reload};

fn problems(subscriber: impl Into<tracing::Dispatch>) -> Vec<Problem> {
    llm_span::testing::keep_callsites_open();
    tracing::dispatcher::with_default(&subscriber.into(), || doctor("my_app::llm").problems().to_vec())
}

#[test]
fn a_registry_with_the_layer_is_healthy() {
    assert_eq!(problems(tracing_subscriber::registry().with(LlmLayer::default())), []);
}

#[test]
fn no_subscriber_is_told() {
    llm_span::testing::keep_callsites_open();
    assert_eq!(doctor("my_app").problems(), [Problem::NoSubscriber]);
}

#[test]
fn a_subscriber_without_the_layer_is_told() {
    assert_eq!(problems(tracing_subscriber::registry()), [Problem::NoLlmLayer]);
}

#[test]
fn a_filter_on_the_registry_that_hides_the_spans_is_told_with_the_target() {
    let hidden = [Problem::SpansHidden { target: "my_app::llm" }];
    assert_eq!(problems(tracing_subscriber::registry().with(LlmLayer::default()).with(LevelFilter::WARN)), hidden);
    assert_eq!(problems(tracing_subscriber::registry().with(LlmLayer::default().with_filter(LevelFilter::WARN))), hidden);
    let targets = tracing_subscriber::filter::Targets::new().with_target("my_app", LevelFilter::WARN);
    assert_eq!(problems(tracing_subscriber::registry().with(targets).with(LlmLayer::default())), hidden);
}

#[test]
fn a_filter_on_the_logs_alone_is_healthy() {
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::WARN);
    assert_eq!(problems(tracing_subscriber::registry().with(logs).with(LlmLayer::default())), []);
}

#[test]
fn a_diagnosis_reads_as_a_problem_and_its_remedy() {
    let text = tracing::subscriber::with_default(tracing_subscriber::registry(), || doctor("my_app").to_string());
    assert_eq!(text, "the subscriber has no `LlmLayer`: nothing is checked or counted; add `.with(LlmLayer::builder().build())`");
}

#[test]
fn a_layer_in_a_reload_is_found() {
    let (layer, _handle) = reload::Layer::new(LlmLayer::default());
    assert_eq!(problems(tracing_subscriber::registry().with(layer)), []);
}

fn layer_with_otel_ids() -> LlmLayer {
    LlmLayer::builder().ids(IdSource::OpenTelemetry).build()
}

fn logs_with_otel_ids() -> JsonLogs<fn() -> std::io::Sink> {
    JsonLogs::new(std::io::sink as fn() -> _).with_ids(IdSource::OpenTelemetry)
}

#[test]
fn logs_that_take_ids_from_opentelemetry_miss_it_at_start() {
    let subscriber = tracing_subscriber::registry().with(LlmLayer::default()).with(logs_with_otel_ids());
    assert_eq!(problems(subscriber), [Problem::NoOpenTelemetry]);
    let another = tracing_subscriber::registry().with(LlmLayer::default());
    assert_eq!(problems(another), [], "what one subscriber lacks is told of another");
}

#[test]
fn a_layer_that_takes_ids_from_opentelemetry_misses_it_at_start() {
    assert_eq!(problems(tracing_subscriber::registry().with(layer_with_otel_ids())), [Problem::NoOpenTelemetry]);
}

#[test]
fn opentelemetry_is_not_missed_where_it_is() {
    let tracers = opentelemetry_sdk::trace::SdkTracerProvider::default();
    let otel = tracing_opentelemetry::layer().with_tracer(tracers.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(otel).with(layer_with_otel_ids()).with(logs_with_otel_ids());
    assert_eq!(problems(subscriber), []);
}

#[test]
fn a_problem_reads_like_its_line_of_the_diagnosis() {
    let diagnosis = tracing::subscriber::with_default(tracing_subscriber::registry(), || doctor("my_app"));
    assert_eq!(diagnosis.problems()[0].to_string(), diagnosis.to_string());
}
