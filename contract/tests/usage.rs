//! Counts that are none, and what they cost.

use llm_span_contract::{Contract, Contracts, Finding, FindingKind, Level, MetricKind, Observed, Value, decimal};
use proptest::prelude::*;

fn agent() -> Observed<'static> {
    Observed::new("invoke_agent").with("gen_ai.operation.name", "invoke_agent")
}

fn check(key: &'static str, value: impl Into<Value<'static>>) -> Vec<Finding> {
    Contracts::default().check(&agent().with(key, value))
}

#[test]
fn counts_that_are_none_are_one_violation_a_span_that_says_what_was_wrong() {
    let invalid = "prompt is negative, completion is a text";
    // Of both contracts.
    let span = agent().with("llm.request.type", "rerank").with("llm.usage.invalid", invalid);
    let findings = Contracts::default().check(&span);
    let found: Vec<_> = findings.iter().filter(|finding| finding.kind == FindingKind::InvalidUsage).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, format!("`llm.usage.invalid`: {invalid}"));
    assert_eq!(found[0].attribute.as_deref(), Some("llm.usage.invalid"));
    assert_eq!((found[0].kind.id(), found[0].level), ("invalid-usage", Level::Violation));
    assert!(!found[0].help.is_empty());
}

#[test]
fn a_missing_count_is_found_beside_the_reason_that_it_is_missing() {
    let span = Observed::new("chat")
        .with("gen_ai.operation.name", "chat")
        .with("gen_ai.provider.name", "openai")
        .with("gen_ai.usage.output_tokens", 64)
        .with("llm.usage.invalid", "prompt is negative");
    let kinds: Vec<_> = Contracts::default().check(&span).iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::MissingAttribute, FindingKind::InvalidUsage]);
}

#[test]
fn an_empty_complaint_is_an_empty_value_and_one_of_another_type_is_told_as_that() {
    let kinds = |findings: Vec<Finding>| findings.iter().map(|finding| finding.kind).collect::<Vec<_>>();
    assert_eq!(kinds(check("llm.usage.invalid", " ")), [FindingKind::EmptyValue]);
    assert_eq!(kinds(check("llm.usage.invalid", 5)), [FindingKind::WrongType]);
    assert_eq!(kinds(check("llm.usage.estimated", true)), []);
}

#[test]
fn a_complaint_is_told_in_one_line_and_cut() {
    let findings = check("llm.usage.invalid", format!("a\nb{}", "c".repeat(1_000)));
    assert!(findings[0].message.starts_with("`llm.usage.invalid`: a bccc"));
    assert!(findings[0].message.ends_with('…') && findings[0].message.chars().count() < 250);
}

#[test]
fn a_cost_is_a_finite_number_of_at_least_0() {
    for good in [0.0, 0.000_000_001, 12.5, decimal::MAX] {
        assert_eq!(check("llm.cost.usd", good), [], "{good}");
    }
    let table = [
        (-0.01, "`llm.cost.usd` is -0.01, it can't be below 0"),
        (f64::NAN, "`llm.cost.usd` is NaN, it must be a finite number"),
        (f64::INFINITY, "`llm.cost.usd` is inf, it must be a finite number"),
    ];
    for (bad, message) in table {
        let findings = check("llm.cost.usd", bad);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].kind, findings[0].message.as_str()), (FindingKind::OutOfRange, message));
    }
    // What adds it up says what is too much.
    let amtp = Contracts::from(Contract::amtp());
    let findings = amtp.check(&Observed::new("llm.completion").with("llm.cost.usd", 1e12));
    assert!(findings.iter().any(|finding| finding.message == "`llm.cost.usd` is 1000000000000.0, too large for an amount"));
}

#[test]
fn the_cost_has_a_counter_with_the_labels_of_the_tokens() {
    let amtp = Contract::amtp();
    let named = |name: &str| amtp.metrics().iter().find(|metric| metric.name == name);
    let (cost, tokens) = (named("cost_usd"), named("total_tokens"));
    assert!(cost.is_some_and(|cost| cost.kind == MetricKind::DecimalCounter && cost.unit == "{USD}"));
    assert_eq!(cost.map(|cost| &cost.labels), tokens.map(|tokens| &tokens.labels));
    assert_eq!(cost.map(|cost| cost.decimals().collect::<Vec<_>>()), Some(vec!["llm.cost.usd"]));
}

proptest! {
    #[test]
    fn amounts_survive_as_billionths_and_add_up_in_any_order(cents in proptest::collection::vec(0..1_000_000_u32, 1..50)) {
        let amounts: Vec<f64> = cents.iter().map(|cents| f64::from(*cents) / 100.0).collect();
        for amount in &amounts {
            let kept = decimal::billionths(*amount).map(decimal::amount);
            prop_assert_eq!(kept, Some(*amount));
        }
        let sum: u64 = amounts.iter().filter_map(|amount| decimal::billionths(*amount)).sum();
        let expected: u64 = cents.iter().map(|cents| u64::from(*cents) * 10_000_000).sum();
        prop_assert_eq!(sum, expected);
    }

    #[test]
    fn what_is_no_amount_has_no_billionths(number in any::<f64>()) {
        let is_amount = (0.0..=decimal::MAX).contains(&number);
        prop_assert_eq!(decimal::billionths(number).is_some(), is_amount);
    }

    #[test]
    fn a_number_is_a_count_whatever_its_type_if_it_is_whole_and_at_least_0(number in -1_000_i64..1_000_000) {
        let expected = (number >= 0).then_some(number);
        prop_assert_eq!(Value::from(number).as_count(), expected);
        prop_assert_eq!(u64::try_from(number).ok().and_then(|number| Value::from(number).as_count()), expected);
        let double = f64::from(i32::try_from(number).unwrap_or_default());
        prop_assert_eq!(Value::from(double).as_count(), expected);
        prop_assert_eq!(Value::from(double + 0.5).as_count(), None);
    }
}
