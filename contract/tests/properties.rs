//! Rules that hold for every span, whatever is recorded on it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm_span_contract::{
    AttributeType, Contract, Contracts, FindingKind, Generation, Level, Observed, Operation, Outcome, Value, known_attribute,
    known_attributes, provider, suggest,
};
use proptest::prelude::*;

fn operation() -> impl Strategy<Value = Operation> {
    proptest::sample::select(Operation::ALL.to_vec())
}

fn model_call() -> impl Strategy<Value = Operation> {
    proptest::sample::select(Operation::ALL.into_iter().filter(|operation| operation.counts_tokens()).collect::<Vec<_>>())
}

fn outcome() -> impl Strategy<Value = Outcome> {
    proptest::sample::select(Outcome::ALL.to_vec())
}

fn contracts() -> impl Strategy<Value = Contracts> {
    let generations = Generation::ALL.map(|generation| Contracts::from(Contract::gen_ai(generation)));
    let mut all = vec![Contracts::default(), Contract::amtp().into(), Contract::amtp().strict().into()];
    all.extend(generations);
    proptest::sample::select(all)
}

/// A value of any type, plausible or not.
fn value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        proptest::sample::select(vec!["openai", "gpt-4o", "chat", "ok", "error", ""]).prop_map(Value::from),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let known: Vec<String> = known_attributes().iter().map(|attribute| attribute.key.to_string()).collect();
    prop_oneof![4 => proptest::sample::select(known), 1 => "(llm|gen_ai|mcp)\\.[a-z_.]{1,20}", 1 => ".{0,10}"]
}

/// All that any of the contracts may demand of a call, but for its tokens.
fn call(operation: Operation, outcome: Outcome, provider: &str, model: &str) -> Observed<'static> {
    let mut span = Observed::new(operation.span_name())
        .with("llm.provider", provider::name(provider).to_owned())
        .with("llm.model", model.to_owned())
        .with("gen_ai.system", provider::system(provider).to_owned())
        .with("gen_ai.request.model", model.to_owned())
        .with("gen_ai.operation.name", operation.name())
        .with("gen_ai.provider.name", provider::name(provider).to_owned())
        .with("llm.outcome", outcome.name());
    if let Some(request_type) = operation.request_type() {
        span.record("llm.request.type", request_type);
    }
    if outcome.is_failure() {
        span.record("error.type", "timeout");
    }
    span
}

fn with_tokens(mut span: Observed<'static>, prompt: i64, completion: i64) -> Observed<'static> {
    span.record("llm.tokens.prompt", prompt);
    span.record("llm.tokens.completion", completion);
    span.record("llm.tokens.total", prompt + completion);
    span.record("gen_ai.usage.input_tokens", prompt);
    span.record("gen_ai.usage.output_tokens", completion);
    span
}

fn without(span: &Observed<'static>, key: &str) -> Observed<'static> {
    let records = span.records().filter(|(recorded, _)| *recorded != key);
    records.fold(Observed::new(span.name().to_owned()), |rest, (key, value)| rest.with(key.to_owned(), value.clone()))
}

proptest! {
    #[test]
    fn a_complete_call_has_no_finding(
        contracts in contracts(), operation in model_call(), outcome in outcome(), provider in "[a-z]{4,20}", model in "[a-z0-9.-]{1,30}",
        prompt in 0..i64::MAX / 2, completion in 0..i64::MAX / 2,
    ) {
        // A made-up name may look like a known one: that is a hint, no violation.
        let span = with_tokens(call(operation, outcome, &provider, &model), prompt, completion);
        let findings = contracts.check(&span);
        prop_assert!(findings.iter().all(|finding| finding.level < Level::Violation), "{findings:?}");
    }

    #[test]
    fn a_call_that_lacks_one_demanded_attribute_has_one_finding_about_it(
        contracts in contracts(), operation in model_call(), outcome in outcome(), index in any::<proptest::sample::Index>(),
    ) {
        let span = with_tokens(call(operation, outcome, "openai", "gpt-4o"), 128, 64);
        let demanded: Vec<String> = contracts
            .iter()
            .flat_map(|contract| {
                let required = |attribute: &&llm_span_contract::Attribute| {
                    attribute.is_required(Some(operation), outcome, contract.is_strict())
                };
                contract.attributes().iter().filter(required).map(|attribute| attribute.key.to_string()).collect::<Vec<_>>()
            })
            // Without its operation and outcome a span is another one.
            .filter(|key| !["gen_ai.operation.name", "llm.request.type", "llm.outcome", "error.type"].contains(&key.as_str()))
            .collect();
        prop_assume!(!demanded.is_empty());
        let key = index.get(&demanded);
        let span = without(&span, key);
        let mut findings = contracts.check(&span);
        findings.retain(|finding| finding.level == Level::Violation);
        prop_assert_eq!(findings.len(), 1, "{:?}", findings);
        prop_assert_eq!(findings[0].kind, FindingKind::MissingAttribute);
        prop_assert_eq!(findings[0].attribute.as_deref(), Some(key.as_str()));
        prop_assert!(!findings[0].help.is_empty());
    }

    #[test]
    fn a_total_is_right_exactly_when_it_is_the_sum(prompt in 0..1_000_i64, completion in 0..1_000_i64, total in 0..2_000_i64) {
        let mut span = without(&with_tokens(call(Operation::Chat, Outcome::Ok, "openai", "gpt-4o"), prompt, completion), "llm.tokens.total");
        span.record("llm.tokens.total", total);
        let found = Contracts::default().check(&span).iter().any(|finding| finding.kind == FindingKind::BrokenRelation);
        prop_assert_eq!(found, total != prompt + completion);
    }

    #[test]
    fn sums_that_overflow_are_found_and_do_not_panic(prompt in i64::MAX - 10..=i64::MAX, completion in 11..=i64::MAX) {
        let span = call(Operation::Chat, Outcome::Ok, "openai", "gpt-4o")
            .with("llm.tokens.prompt", prompt).with("llm.tokens.completion", completion).with("llm.tokens.total", i64::MAX);
        let findings = Contract::amtp();
        let findings = Contracts::from(findings).check(&span);
        prop_assert!(findings.iter().any(|finding| finding.message.contains("too large")), "{findings:?}");
    }

    #[test]
    fn whatever_is_recorded_the_check_ends_sorted_and_explained(
        contracts in contracts(), name in ".{0,20}", records in proptest::collection::vec((key(), value()), 0..30),
    ) {
        let span = records.into_iter().fold(Observed::new(name), |span, (key, value)| span.with(key, value));
        let findings = contracts.check(&span);
        prop_assert!(findings.is_sorted_by(|a, b| a.level >= b.level));
        prop_assert!(findings.is_empty() || contracts.apply_to(&span));
        for finding in findings {
            prop_assert!(!finding.message.is_empty() && !finding.help.is_empty() && !finding.message.contains('\n'), "{finding:?}");
            prop_assert!(contracts.iter().any(|contract| contract.name() == finding.contract));
        }
    }

    #[test]
    fn a_value_of_another_type_is_always_found(value in value(), index in any::<proptest::sample::Index>()) {
        let attribute = index.get(known_attributes());
        let contracts: Contracts = Contract::builder("one").attribute(attribute.clone()).build().unwrap().into();
        let span = Observed::new("span").with(attribute.key.clone(), value.clone());
        let found = contracts.check(&span).iter().any(|finding| finding.kind == FindingKind::WrongType);
        prop_assert_eq!(found, !attribute.ty.admits(&value));
    }

    #[test]
    fn what_a_successful_call_must_have_includes_what_a_cancelled_one_must(operation in operation(), strict in any::<bool>()) {
        for attribute in known_attributes() {
            let of = |outcome| attribute.is_required(Some(operation), outcome, strict);
            prop_assert!(!of(Outcome::Cancelled) || of(Outcome::Ok), "{}", attribute.key);
        }
    }

    #[test]
    fn spellings_of_a_provider_lead_to_each_other(name in prop_oneof![".{0,20}", proptest::sample::select(provider::NAMES.to_vec()).prop_map(str::to_owned)]) {
        prop_assert_eq!(provider::name(provider::system(&name)), provider::name(&name));
        prop_assert!(provider::same(&name, provider::system(&name)));
    }

    #[test]
    fn distance_is_a_count_of_edits(a in "[a-d]{0,8}", b in "[a-d]{0,8}") {
        let distance = suggest::distance(&a, &b);
        prop_assert_eq!(distance, suggest::distance(&b, &a));
        prop_assert_eq!(distance == 0, a == b);
        prop_assert!(distance >= a.len().abs_diff(b.len()) && distance <= a.len().max(b.len()));
    }
}

#[test]
fn every_known_attribute_says_what_it_is_and_has_an_example_of_its_type() {
    for attribute in known_attributes() {
        assert!(!attribute.note.is_empty() && !attribute.example.is_empty(), "{}", attribute.key);
        let example: Value<'_> = match attribute.ty {
            AttributeType::Int => attribute.example.parse::<i64>().unwrap().into(),
            AttributeType::Double => attribute.example.parse::<f64>().unwrap().into(),
            AttributeType::Bool => attribute.example.parse::<bool>().unwrap().into(),
            _ => attribute.example.as_ref().into(),
        };
        assert!(attribute.ty.admits(&example), "{}", attribute.key);
    }
}

#[test]
fn a_key_has_the_same_type_in_every_contract_that_states_it() {
    for generation in Generation::ALL {
        for attribute in Contract::gen_ai(generation).attributes().iter().chain(Contract::amtp().attributes()) {
            assert_eq!(Some(attribute.ty), known_attribute(&attribute.key).map(|known| known.ty), "{}", attribute.key);
        }
    }
}

#[test]
fn the_ids_of_findings_are_unique_and_in_kebab_case() {
    let ids: std::collections::HashSet<_> = FindingKind::ALL.iter().map(|kind| kind.id()).collect();
    assert_eq!(ids.len(), FindingKind::ALL.len());
    assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
}

#[test]
fn levels_are_ordered_as_weaver_orders_them() {
    assert!(Level::Information < Level::Improvement && Level::Improvement < Level::Violation);
}

proptest! {
    #[test]
    fn no_finding_quotes_what_may_be_a_prompt(secret in "[A-Z]{12,200}", key in proptest::sample::select(vec![
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.prompt", "gen_ai.inptu.messages",
    ])) {
        let span = call(Operation::Chat, Outcome::Ok, "openai", "gpt-4o").with(key, secret.clone()).with(key, format!("{secret} again"));
        for finding in Contracts::default().check(&span) {
            prop_assert!(!format!("{finding:?}").contains(&secret[..12]), "{finding:?}");
        }
    }
}
