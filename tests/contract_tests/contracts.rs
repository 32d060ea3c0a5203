//! The contract: what fails, what does not, and how.

use std::error::Error;

use llm_span::{
    Operation, Outcome, Usage, call,
    contract::{AttributeType, Contract, Contracts, FindingKind, Level},
    testing::{Calls, Capture, CapturedSpan, ContractReport, capture, capture_with},
};

use crate::{chat, failure};

fn kinds(calls: &Calls) -> Vec<FindingKind> {
    calls.report().findings().iter().map(|found| found.finding.kind).collect()
}

#[test]
fn calls_that_honour_the_contract_pass() -> Result<(), ContractReport> {
    let calls = capture();
    chat();
    call(Operation::Embeddings, "openai", "text-embedding-3").enter().succeed(Usage::input_only(7));
    call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
    drop(call(Operation::Chat, "openai", "gpt-4o").enter());
    calls.assert_contract();
    assert_eq!(calls.report().checked(), 4);
    calls.check_contract()
}

#[test]
fn a_violation_fails_with_the_whole_report() {
    let calls = capture();
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
    let message = failure(|| calls.assert_contract());
    let report = calls.check_contract().expect_err("usage is missing");
    assert_eq!(message, report.to_string());
    assert_eq!(message, format!("{report:?}"));
    let _: &dyn Error = &report;
    for text in ["error[missing-attribute]: `llm.tokens.prompt`", "contracts.rs:", "in 1 of 1 span", "help: the response"] {
        assert!(message.contains(text), "{text} in {message}");
    }
    let found = &report.findings()[0];
    assert_eq!(found.span.as_ref().and_then(CapturedSpan::outcome), Some(Outcome::Ok));
    assert!(found.place.as_ref().is_some_and(|place| place.file.ends_with("contracts.rs")));
}

#[test]
fn what_is_no_call_gives_no_finding() {
    let calls = capture();
    tracing::info_span!("repo.tree", mcp.tool = "repo.tree", mcp.cache_hit = true).in_scope(|| {
        tracing::info_span!("github.api", mcp.status = 200).in_scope(|| {});
        tracing::info_span!("valkey.get", key = "k").in_scope(|| {});
        chat();
    });
    tracing::info_span!("llm.inference", llm.tokens.prompt = 128).in_scope(|| {});
    tracing::info_span!("llm.response.parse", llm.model = "gpt-4o").in_scope(|| {});
    calls.assert_contract();
    assert_eq!(calls.count(), 1);
    assert_eq!(calls.spans().len(), 6);
}

#[test]
fn an_attribute_recorded_twice_with_another_value_is_found() {
    let calls = capture_with(Contract::amtp());
    let span = tracing::info_span!(
        "llm.completion",
        llm.provider = "openai",
        llm.model = "gpt-4o",
        llm.request.type = "chat",
        llm.tokens.prompt = 128,
        llm.tokens.completion = 64,
        llm.tokens.total = 192,
        gen_ai.system = "openai",
        gen_ai.request.model = "gpt-4o",
    );
    span.record("llm.tokens.prompt", 127);
    span.record("llm.tokens.prompt", 128);
    drop(span);
    assert_eq!(kinds(&calls), [FindingKind::DuplicateRecord]);
}

#[test]
fn a_call_without_an_end_is_found_and_its_end_not_missed_besides() {
    let calls = capture();
    let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
    assert_eq!(kinds(&calls), [FindingKind::NeverClosed]);
    guard.succeed(Usage::new(1, 2));
    calls.assert_contract();

    let foreign = tracing::info_span!("llm.completion", llm.provider = "openai");
    let found = kinds(&calls);
    assert_eq!(found[0], FindingKind::NeverClosed);
    assert!(found.contains(&FindingKind::MissingAttribute), "what is due at creation is missed: {found:?}");
    drop(foreign);
    assert!(!kinds(&calls).contains(&FindingKind::NeverClosed));
}

#[test]
fn a_call_that_is_held_open_after_its_end_is_fine() {
    let calls = capture();
    let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
    let held = guard.span().clone();
    guard.succeed(Usage::new(128, 64));
    calls.assert_contract();
    assert!(!calls.only().is_closed());
    calls.only().assert_outcome(Outcome::Ok);
    drop(held);
    assert!(calls.only().is_closed());
}

#[test]
fn usage_recorded_outside_of_a_call_is_found_at_its_line() {
    let calls = capture();
    chat();
    let line = line!() + 1;
    llm_span::record_usage(Usage::new(1, 2));
    let report = calls.check_contract().expect_err("it is lost");
    assert_eq!(report.findings().len(), 1);
    let found = &report.findings()[0];
    assert_eq!(found.finding.kind, FindingKind::RecordedOutsideCall);
    assert!(found.span.is_none());
    let place = found.place.as_ref().expect("it stands somewhere");
    assert_eq!((place.file.as_str(), place.line), (file!(), Some(line)));
    assert!(report.to_string().contains("`record_usage`"), "{report}");
}

#[test]
fn usage_recorded_after_the_call_is_found() {
    let calls = capture();
    let handle = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(|| Some(llm_span::current_call()), |_| Usage::new(1, 2));
    handle.expect("it was returned").record_usage(Usage::new(3, 4));
    assert_eq!(kinds(&calls), [FindingKind::RecordedOutsideCall]);
}

#[test]
fn improvements_are_told_and_fail_on_demand_only() {
    let misspelt = || {
        let span = tracing::info_span!("x", gen_ai.operation.name = "create_agent", gen_ai.provider.name = "opnai");
        drop(span);
    };
    let calls = capture();
    misspelt();
    calls.assert_contract();
    assert_eq!(calls.report().level(), Some(Level::Improvement));
    assert!(calls.report().to_string().contains("warning[unknown-value]"));

    let strict = Capture::new().deny(Level::Improvement).start();
    misspelt();
    let message = failure(|| strict.assert_contract());
    assert!(message.starts_with("contracts amtp, gen_ai: 1 improvement in 1 of 1 span"), "{message}");
}

#[test]
fn contracts_of_ones_own_are_checked() {
    let ours = Contract::amtp().extend("ours").require("tenant.id", AttributeType::String).build().expect("it is sound");
    let calls = capture_with(ours);
    chat();
    let message = failure(|| calls.assert_contract());
    assert!(message.starts_with("contract ours: 1 violation in 1 of 1 span\n"), "{message}");
    assert!(message.contains("`tenant.id` was never recorded"), "{message}");
    assert!(message.contains("with 8 of 9 required attributes\n"), "{message}");
}

#[test]
fn a_strict_contract_demands_tokens_of_failures_too() {
    let calls = Capture::new().contracts(Contract::amtp().strict()).start();
    call(Operation::Chat, "openai", "gpt-4o").enter().fail(&std::fmt::Error);
    assert_eq!(kinds(&calls), [FindingKind::MissingAttribute; 3]);
}

#[test]
fn findings_stand_in_the_order_of_spans_then_of_gravity() {
    let calls = capture_with(Contract::amtp());
    for model in ["first", "second"] {
        drop(tracing::info_span!("llm.completion", llm.model = model, llm.modle = "x"));
    }
    let report = calls.report();
    let order: Vec<_> = report
        .findings()
        .iter()
        .map(|found| (found.span.as_ref().expect("all are of spans").attribute("llm.model"), found.finding.level))
        .collect();
    let firsts = order.iter().take_while(|(model, _)| model.as_ref().and_then(|model| model.as_str()) == Some("first")).count();
    assert_eq!(firsts * 2, order.len());
    let levels: Vec<_> = order[..firsts].iter().map(|(_, level)| *level).collect();
    assert!(levels.is_sorted_by(|a, b| a >= b), "{levels:?}");
}

#[test]
fn without_a_contract_nothing_can_be_asserted() {
    let calls = capture_with(Contracts::none());
    chat();
    assert_eq!(calls.count(), 1);
    assert_eq!(calls.tokens().total, 192);
    let message = failure(|| calls.assert_contract());
    assert!(message.starts_with("no contract: "), "{message}");
    assert!(message.contains("no contract is active"), "{message}");
}
