//! Counters are derived from spans and exact: sampled or not, once a call, whatever the nesting.

use std::collections::BTreeMap;

use llm_span::{LlmLayer, Operation, Usage, call};
use opentelemetry_sdk::trace::Sampler;

use super::support::Telemetry;

const OPENAI: &str = "{gen_ai.system=openai,llm.model=gpt-4o,llm.provider=openai}";

fn chat(prompt: i64, completion: i64) {
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(prompt, completion));
}

fn amtp(prompt: u64, completion: u64) -> BTreeMap<String, u64> {
    [("prompt_tokens", prompt), ("completion_tokens", completion), ("total_tokens", prompt + completion)]
        .into_iter()
        .map(|(name, value)| (format!("{name}{OPENAI}"), value))
        .collect()
}

#[test]
fn a_call_counts_its_tokens_under_the_three_labels_of_the_amtp_contract() {
    let telemetry = Telemetry::start();
    chat(128, 64);
    assert_eq!(telemetry.counters(), amtp(128, 64));
}

#[test]
fn counters_are_exact_when_sampling_drops_every_span() {
    let telemetry = Telemetry::with(Sampler::AlwaysOff, LlmLayer::builder());
    (0..1_000).for_each(|i| chat(i, 1));
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.counters(), amtp(499_500, 1_000));
}

#[test]
fn the_conventions_histograms_measure_tokens_by_type_and_the_duration() {
    let telemetry = Telemetry::start();
    chat(128, 64);
    let histograms = telemetry.histograms();
    let group = "gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=gpt-4o";
    assert_eq!(histograms[&format!("gen_ai.client.token.usage{{{group},gen_ai.token.type=input}}")], (1, 128.0));
    assert_eq!(histograms[&format!("gen_ai.client.token.usage{{{group},gen_ai.token.type=output}}")], (1, 64.0));
    let (count, seconds) = histograms[&format!("gen_ai.client.operation.duration{{{group}}}")];
    assert_eq!(count, 1);
    assert!(seconds > 0.0 && seconds < 60.0);
    assert_eq!(histograms.len(), 3);
}

#[test]
fn a_failed_call_has_a_duration_with_its_error_type_and_no_tokens() {
    let telemetry = Telemetry::start();
    call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
    assert_eq!(telemetry.counters(), BTreeMap::new());
    let histograms = telemetry.histograms();
    assert_eq!(histograms.len(), 1);
    assert!(histograms.keys().all(|series| series.contains("error.type=Error")), "{histograms:?}");
}

#[test]
fn a_retry_around_calls_that_count_does_not_count_again() {
    let telemetry = Telemetry::start();
    let outer = call(Operation::Chat, "openai", "gpt-4o").enter();
    {
        let _between = tracing::info_span!("attempt").entered();
        chat(128, 64);
    }
    outer.succeed(Usage::new(128, 64));
    assert_eq!(telemetry.counters(), amtp(128, 64));
}

#[test]
fn a_retry_around_calls_that_know_no_tokens_counts_its_own() {
    let telemetry = Telemetry::start();
    let outer = call(Operation::Chat, "openai", "gpt-4o").enter();
    call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
    outer.succeed(Usage::new(128, 64));
    assert_eq!(telemetry.counters(), amtp(128, 64));
}

#[test]
fn the_phases_of_a_call_are_never_counted_and_never_checked() {
    let telemetry = Telemetry::start();
    let root = call(Operation::Chat, "openai", "gpt-4o").enter();
    tracing::info_span!("llm.inference", llm.provider = "openai", llm.tokens.total = 192_i64).in_scope(|| ());
    tracing::info_span!("llm.response.parse", llm.tokens.prompt = 128_i64).in_scope(|| ());
    root.succeed(Usage::new(128, 64));
    assert_eq!(telemetry.counters(), amtp(128, 64));
    assert_eq!(telemetry.found(), Vec::<String>::new());
}

#[test]
fn agents_and_tools_repeat_tokens_that_are_not_counted() {
    let telemetry = Telemetry::start();
    let agent = tracing::info_span!(
        "invoke_agent tutor",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.usage.input_tokens = 128_i64,
        gen_ai.usage.output_tokens = 64_i64,
    );
    agent.in_scope(|| chat(128, 64));
    drop(agent);
    assert_eq!(telemetry.counters(), amtp(128, 64));
    let tokens: f64 =
        telemetry.histograms().iter().filter(|(name, _)| name.contains("token.usage")).map(|(_, (_, sum))| sum).sum();
    assert_eq!(tokens.to_string(), "192");
}

#[test]
fn a_call_is_counted_when_it_ends_although_a_detached_task_holds_its_span_open() {
    let telemetry = Telemetry::start();
    let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
    let held_by_a_task = guard.span().clone();
    guard.succeed(Usage::new(128, 64));
    assert_eq!(telemetry.counters(), amtp(128, 64));
    assert_eq!(telemetry.found(), Vec::<String>::new());
    drop(held_by_a_task);
    assert_eq!(telemetry.counters(), amtp(128, 64));
}

#[test]
fn threads_count_together_without_loss() {
    let telemetry = Telemetry::start();
    let dispatch = telemetry.dispatch();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| tracing::dispatcher::with_default(&dispatch, || (0..5_000).for_each(|_| chat(2, 1))));
        }
    });
    assert_eq!(telemetry.counters(), amtp(40_000, 20_000));
}

#[test]
fn a_flood_of_model_names_ends_in_one_overflow_series_and_no_token_is_lost() {
    let telemetry = Telemetry::with(Sampler::AlwaysOff, LlmLayer::builder());
    for i in 0..20_000 {
        call(Operation::Chat, "openai", format!("model-{i}")).enter().succeed(Usage::new(1, 0));
    }
    let counters = telemetry.counters();
    let series = counters.iter().filter(|(name, _)| name.starts_with("prompt_tokens"));
    assert_eq!(series.clone().map(|(_, value)| value).sum::<u64>(), 20_000);
    assert!(series.count() <= 2_001);
    assert_eq!(telemetry.found(), Vec::<String>::new());
}
