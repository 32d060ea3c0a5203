//! What a span says of its own usage: that it is estimated, that it was no usage.

use std::collections::BTreeMap;

use tracing::field::Empty;

use super::support::Telemetry;

fn chat() -> tracing::Span {
    tracing::info_span!(
        "llm.completion",
        llm.provider = "openai",
        llm.model = "gpt-4o",
        "llm.request.type" = "chat",
        gen_ai.system = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        llm.tokens.prompt = 128_i64,
        llm.tokens.completion = 64_i64,
        llm.tokens.total = 192_i64,
        gen_ai.usage.input_tokens = 128_i64,
        gen_ai.usage.output_tokens = 64_i64,
        llm.usage.estimated = Empty,
        llm.usage.invalid = Empty,
        llm.cost.usd = 0.5,
    )
}

/// The counters' series without their common labels.
fn labels(counters: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let rest = |name: &'_ str| name.split_once('{').map_or("", |(_, labels)| labels).len();
    let mut told: Vec<_> = counters.iter().filter(|(name, _)| name.starts_with("total_tokens")).collect();
    told.sort_by_key(|(name, _)| rest(name));
    told.into_iter()
        .map(|(name, value)| (if name.contains("llm.usage.estimated=true") { "estimated" } else { "" }, *value))
        .collect()
}

#[test]
fn estimated_tokens_are_counted_under_a_label_of_their_own_and_others_have_none() {
    let telemetry = Telemetry::start();
    drop(chat());
    chat().record("llm.usage.estimated", true);
    chat().record("llm.usage.estimated", false);
    let counters = telemetry.counters();
    assert_eq!(labels(&counters), [("", 384), ("estimated", 192)], "{counters:?}");
    assert!(!counters.keys().any(|name| name.contains("estimated=false")), "{counters:?}");
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn the_label_stands_in_the_metrics_of_tokens_and_cost_and_not_in_durations() {
    let telemetry = Telemetry::start();
    chat().record("llm.usage.estimated", true);
    let (histograms, decimals) = (telemetry.histograms(), telemetry.decimals());
    for name in histograms.keys().chain(decimals.keys()).chain(telemetry.counters().keys()) {
        assert_eq!(name.contains("llm.usage.estimated=true"), !name.contains("duration"), "{name}");
    }
    assert_eq!((histograms.len(), decimals.len()), (3, 1));
}

#[test]
fn a_flag_that_is_no_boolean_is_found_and_no_label_but_true() {
    let telemetry = Telemetry::start();
    chat().record("llm.usage.estimated", "perhaps");
    chat().record("llm.usage.estimated", 1_i64);
    assert_eq!(telemetry.found(), ["wrong-type llm.usage.estimated"; 2]);
    assert_eq!(labels(&telemetry.counters()), [("", 384)]);
}

#[test]
fn a_flag_that_changes_is_found() {
    let telemetry = Telemetry::start();
    let span = chat();
    span.record("llm.usage.estimated", true);
    span.record("llm.usage.estimated", false);
    drop(span);
    let messages: Vec<_> = telemetry.findings.take().into_iter().map(|found| found.finding.message).collect();
    assert_eq!(messages, ["`llm.usage.estimated` was recorded as true, then as false"]);
}

#[test]
fn counts_that_are_none_are_found_once_a_span_with_what_was_wrong() {
    let telemetry = Telemetry::start();
    chat().record("llm.usage.invalid", "cached is negative, reasoning is a text");
    let findings: Vec<_> = telemetry.findings.take().into_iter().map(|found| found.finding).collect();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].to_string(), "violation[invalid-usage]: `llm.usage.invalid`: cached is negative, reasoning is a text");
    // What is left of the usage counts.
    assert_eq!(labels(&telemetry.counters()), [("", 192)]);
}

#[test]
fn a_missing_count_is_found_beside_what_explains_it() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!(
        "chat gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.usage.output_tokens = 64_i64,
        llm.usage.invalid = "prompt is negative",
    ));
    assert_eq!(telemetry.found(), ["missing-attribute gen_ai.usage.input_tokens", "invalid-usage llm.usage.invalid"]);
}

#[test]
fn what_a_span_says_of_its_usage_makes_it_no_llm_span() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!(
        "sum",
        llm.usage.invalid = "prompt is negative",
        llm.usage.estimated = true,
        llm.stream.chunks = 3_i64,
        llm.cost.usd = 0.5,
        llm.outcome = "ok",
    ));
    assert_eq!(telemetry.found(), Vec::<String>::new());
    assert_eq!(telemetry.decimals(), BTreeMap::new());
}
