//! What the layer finds, and that it says where.

use llm_span::{
    LlmLayer, Operation, Usage, call,
    contract::{AttributeType, Contract, Contracts},
};
use opentelemetry_sdk::trace::Sampler;

use super::support::Telemetry;

#[test]
fn a_success_without_usage_lacks_its_tokens_by_both_contracts() {
    let telemetry = Telemetry::start();
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
    assert_eq!(
        telemetry.found(),
        [
            "missing-attribute llm.tokens.prompt",
            "missing-attribute llm.tokens.completion",
            "missing-attribute llm.tokens.total",
            "missing-attribute gen_ai.usage.input_tokens",
            "missing-attribute gen_ai.usage.output_tokens",
        ]
    );
}

#[test]
fn a_failed_or_cancelled_call_may_lack_its_tokens_unless_the_contract_is_strict() {
    let run = |contracts: Contracts| {
        let telemetry = Telemetry::with(Sampler::AlwaysOn, LlmLayer::builder().contracts(contracts));
        call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
        drop(call(Operation::Chat, "openai", "gpt-4o").enter());
        telemetry.found()
    };
    assert_eq!(run(Contracts::default()), Vec::<String>::new());
    assert_eq!(run(Contract::amtp().strict().into()).len(), 6);
}

#[test]
fn a_finding_names_file_and_line_of_the_call_and_its_ids() {
    let telemetry = Telemetry::start();
    let line = line!() + 1;
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
    let span = telemetry.spans().remove(0);
    let found = telemetry.findings.take().remove(0);
    assert!(found.file.is_some_and(|file| file.ends_with("findings.rs")));
    assert_eq!(found.line, Some(line));
    assert_eq!(found.trace_id, Some(span.span_context.trace_id().to_string()));
    assert_eq!(found.span_id, Some(span.span_context.span_id().to_string()));
}

#[test]
fn a_contract_of_ones_own_is_checked_like_the_built_in_ones() {
    let ours = Contract::amtp().extend("ours").require("tenant.id", AttributeType::String).build().unwrap();
    let telemetry = Telemetry::with(Sampler::AlwaysOn, LlmLayer::builder().contracts(ours));
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(1, 1));
    assert_eq!(telemetry.found(), ["missing-attribute tenant.id"]);
}

#[test]
fn usage_recorded_outside_of_a_call_is_found_with_its_place() {
    let telemetry = Telemetry::start();
    let line = line!() + 1;
    llm_span::record_usage(Usage::new(1, 1));
    let found = telemetry.findings.take().remove(0);
    assert_eq!(found.finding.kind.id(), "recorded-outside-call");
    assert_eq!((found.span, found.line), (None, Some(line)));
}

#[test]
fn usage_recorded_by_a_task_that_outlives_the_call_is_found() {
    let telemetry = Telemetry::start();
    let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
    let handle = llm_span::current_call();
    assert!(handle.is_open());
    guard.succeed(Usage::new(1, 1));
    handle.record_usage(Usage::new(2, 2));
    assert!(!handle.is_open());
    assert_eq!(telemetry.found(), ["recorded-outside-call "]);
}

#[test]
fn what_an_inner_call_records_does_not_end_on_the_outer_one() {
    let telemetry = Telemetry::start();
    let outer = call(Operation::Chat, "openai", "gpt-4o").enter();
    let inner = call(Operation::Chat, "openai", "gpt-4o-mini").enter();
    llm_span::record_usage(Usage::new(5, 5));
    inner.succeed(None::<Usage>);
    outer.succeed(Usage::new(1, 1));
    let totals: Vec<_> = telemetry.spans().iter().map(|span| super::support::attribute(span, "llm.tokens.total")).collect();
    assert_eq!(totals, [Some(10_i64.into()), Some(2_i64.into())]);
}
