//! A call of which everything is in order takes no memory; one that has calls below it takes one piece.

use std::hint::black_box;

use llm_span::{CountFindings, LlmLayer, Operation, Prometheus, call};
use opentelemetry_sdk::trace::Sampler;
use tracing::{Dispatch, dispatcher::with_default};

use crate::{
    counted::{
        annotated::{annotated_async, ready},
        measured::{Answer, complete},
        meters::Meters,
        subscribers::{beside, beside_with, llm, llm_with_meter, llm_with_prometheus, registry, with},
    },
    steady::allocations,
};

/// What a layer's calls ask for beyond the same ones without it.
#[derive(Debug, PartialEq)]
struct Added {
    registry: u64,
    opentelemetry: u64,
    sampled_out: u64,
}

const NO_TIME: Added = Added { registry: 0, opentelemetry: 0, sampled_out: 0 };
const ONE_TIME: Added = Added { registry: 1, opentelemetry: 1, sampled_out: 1 };

fn of_a_call(subscriber: &Dispatch) -> u64 {
    let answer = Answer::default();
    with_default(subscriber, || allocations(|| _ = black_box(complete(black_box("gpt-4o"), &answer))))
}

fn of_a_call_with_one_below(subscriber: &Dispatch) -> u64 {
    let answer = Answer::default();
    let retried = || call(Operation::Chat, "openai", "gpt-4o").in_scope(|| complete(black_box("gpt-4o"), &answer));
    with_default(subscriber, || allocations(|| _ = black_box(retried())))
}

fn of_an_async_call(subscriber: &Dispatch) -> u64 {
    with_default(subscriber, || allocations(|| _ = black_box(ready(annotated_async(black_box("gpt-4o"), 128)))))
}

fn added(of: fn(&Dispatch) -> u64, layer: impl Fn(&CountFindings) -> LlmLayer) -> Added {
    let findings = CountFindings::default();
    let sampled = |sampler: Sampler| of(&beside_with(sampler.clone(), layer(&findings))) - of(&beside(sampler));
    let added = Added {
        registry: of(&with(layer(&findings))) - of(&registry()),
        opentelemetry: sampled(Sampler::AlwaysOn),
        sampled_out: sampled(Sampler::AlwaysOff),
    };
    assert_eq!(findings.total(), 0, "the calls are clean");
    added
}

/// The calls whose duration the meter has measured.
fn measured(meters: &Meters) -> u64 {
    let told = meters.told();
    let duration = told.iter().find(|metric| metric.name == "gen_ai.client.operation.duration").unwrap();
    assert!(duration.is_histogram);
    duration.total
}

#[test]
fn a_call_that_is_checked_allocates_nothing() {
    assert_eq!(added(of_a_call, llm), NO_TIME);
    assert_eq!(added(of_an_async_call, llm), NO_TIME);
}

#[test]
fn a_call_that_is_measured_through_opentelemetry_allocates_nothing() {
    let meters = Meters::new();
    assert_eq!(added(of_a_call, |findings| llm_with_meter(findings, &meters)), NO_TIME);
    assert_eq!(added(of_an_async_call, |findings| llm_with_meter(findings, &meters)), NO_TIME);
    assert!(measured(&meters) > 3_000, "the calls are measured");
}

#[test]
fn a_call_that_is_measured_for_prometheus_allocates_nothing() {
    let prometheus = Prometheus::new();
    assert_eq!(added(of_a_call, |findings| llm_with_prometheus(findings, &prometheus)), NO_TIME);
    assert_eq!(added(of_an_async_call, |findings| llm_with_prometheus(findings, &prometheus)), NO_TIME);
    let text = prometheus.render(None).body;
    assert!(text.lines().any(|line| line.starts_with("llm_prompt_tokens_total{")), "the calls are measured: {text}");
}

#[test]
fn a_call_that_has_one_below_it_allocates_one_time() {
    assert_eq!(added(of_a_call_with_one_below, llm), ONE_TIME);
}
