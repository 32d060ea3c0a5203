//! `doctor`: what it says of a set-up.

use llm_span::{LlmLayer, Problem, doctor};
use tracing_subscriber::{filter::LevelFilter, prelude::*};

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
