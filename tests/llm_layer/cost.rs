//! What calls cost is counted as exactly as their tokens, and as often: once.

use std::collections::BTreeMap;

use llm_span::{LlmLayer, OtelMetrics};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tracing::field::Empty;
use tracing_subscriber::prelude::*;

use super::support::Telemetry;

const SERIES: &str = "cost_usd{gen_ai.system=openai,llm.model=gpt-4o,llm.provider=openai}";

/// A complete call, but for what is recorded later.
fn priced() -> tracing::Span {
    tracing::info_span!(
        "llm.completion",
        llm.provider = "openai",
        llm.model = "gpt-4o",
        "llm.request.type" = "chat",
        gen_ai.system = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        llm.tokens.prompt = Empty,
        llm.tokens.completion = Empty,
        llm.tokens.total = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        llm.cost.usd = Empty,
    )
}

fn with_tokens(prompt: i64, completion: i64) -> tracing::Span {
    let span = priced();
    span.record("llm.tokens.prompt", prompt);
    span.record("llm.tokens.completion", completion);
    span.record("llm.tokens.total", prompt + completion);
    span.record("gen_ai.usage.input_tokens", prompt);
    span.record("gen_ai.usage.output_tokens", completion);
    span
}

fn cost(usd: f64) {
    with_tokens(128, 64).record("llm.cost.usd", usd);
}

fn one(usd: f64) -> BTreeMap<String, f64> {
    [(SERIES.to_owned(), usd)].into()
}

#[test]
fn costs_add_up_without_rounding_on_all_threads() {
    let telemetry = Telemetry::start();
    let dispatch = telemetry.dispatch();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| tracing::dispatcher::with_default(&dispatch, || (0..2_500).for_each(|_| cost(0.1))));
        }
    });
    // 10,000 times 0.1, added as doubles, is 1000.0000000001588.
    assert_eq!(telemetry.decimals(), one(1_000.0));
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn a_call_of_unknown_cost_makes_no_series() {
    let telemetry = Telemetry::start();
    drop(with_tokens(128, 64));
    assert_eq!(telemetry.decimals(), BTreeMap::new());
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn a_call_that_was_free_is_one_of_known_cost() {
    let telemetry = Telemetry::start();
    cost(0.0);
    assert_eq!(telemetry.decimals(), one(0.0));
}

#[test]
fn a_retry_around_a_call_does_not_count_its_cost_again() {
    let telemetry = Telemetry::start();
    let outer = with_tokens(128, 64);
    outer.record("llm.cost.usd", 0.002);
    // At the price of another model.
    outer.in_scope(|| cost(0.001));
    drop(outer);
    assert_eq!(telemetry.decimals(), one(0.001));
}

#[test]
fn a_retry_that_alone_knows_the_cost_counts_it() {
    let telemetry = Telemetry::start();
    let outer = with_tokens(128, 64);
    outer.record("llm.cost.usd", 0.002);
    outer.in_scope(|| drop(with_tokens(128, 64)));
    drop(outer);
    assert_eq!(telemetry.decimals(), one(0.002));
}

#[test]
fn a_call_around_another_with_tokens_of_its_own_counts_its_own_cost() {
    let telemetry = Telemetry::start();
    let outer = with_tokens(500, 10);
    outer.record("llm.cost.usd", 0.001);
    outer.in_scope(|| cost(0.001));
    drop(outer);
    assert_eq!(telemetry.decimals(), one(0.002));
}

#[test]
fn a_cost_without_tokens_is_counted_once() {
    let telemetry = Telemetry::start();
    let outer = priced();
    outer.record("llm.cost.usd", 0.04);
    outer.in_scope(|| {
        priced().record("llm.cost.usd", 0.04);
    });
    drop(outer);
    assert_eq!(telemetry.decimals(), one(0.04));
}

#[test]
fn an_agent_that_carries_the_sum_does_not_count_it() {
    let telemetry = Telemetry::start();
    let agent = tracing::info_span!("invoke_agent tutor", gen_ai.operation.name = "invoke_agent", llm.cost.usd = 0.003);
    agent.in_scope(|| {
        cost(0.001);
        cost(0.002);
    });
    drop(agent);
    assert_eq!(telemetry.decimals(), one(0.003));
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn what_is_no_cost_is_found_and_never_counted() {
    for usd in [-0.01, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e12] {
        let telemetry = Telemetry::start();
        cost(usd);
        assert_eq!(telemetry.found(), ["out-of-range llm.cost.usd"], "{usd}");
        assert_eq!(telemetry.decimals(), BTreeMap::new(), "{usd}");
    }
}

#[test]
fn a_cost_of_another_type_is_counted_and_a_text_is_found() {
    let telemetry = Telemetry::start();
    with_tokens(1, 1).record("llm.cost.usd", 2_i64);
    assert_eq!(telemetry.found(), Vec::<String>::new());
    with_tokens(1, 1).record("llm.cost.usd", "0.5");
    assert_eq!(telemetry.found(), ["wrong-type llm.cost.usd"]);
    with_tokens(1, 1).record("llm.cost.usd", "cheap");
    assert_eq!(telemetry.found(), ["wrong-type llm.cost.usd"]);
    assert_eq!(telemetry.decimals(), one(2.5));
}

#[test]
fn layers_that_share_a_meter_add_their_costs() {
    llm_span::testing::keep_callsites_open();
    let exporter = opentelemetry_sdk::metrics::InMemoryMetricExporter::default();
    let reader = opentelemetry_sdk::metrics::PeriodicReader::builder(exporter.clone()).build();
    let meters = SdkMeterProvider::builder().with_reader(reader).build();
    let metrics = OtelMetrics::new(&meters.meter("llm"));
    for _ in 0..2 {
        let layer = LlmLayer::builder().findings(llm_span::IgnoreFindings).metrics(metrics.clone()).build();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || cost(0.25));
    }
    meters.force_flush().unwrap();
    let told = format!("{:?}", exporter.get_finished_metrics().unwrap());
    assert!(told.contains("cost_usd") && told.contains("value: 0.5"), "{told}");
}

#[test]
fn a_cost_that_is_recorded_twice_is_found_with_both() {
    let telemetry = Telemetry::start();
    let span = with_tokens(1, 1);
    span.record("llm.cost.usd", 0.25);
    span.record("llm.cost.usd", 0.5);
    drop(span);
    let findings = telemetry.findings.take();
    assert_eq!(findings[0].finding.message, "`llm.cost.usd` was recorded as 0.25, then as 0.5");
    assert_eq!(telemetry.decimals(), one(0.5));
}
