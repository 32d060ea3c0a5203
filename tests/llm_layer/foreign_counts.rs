//! Counts as they arrive from others: of any type, in range or out of it, all at once or bit by bit.

use llm_span::contract::Value;
use proptest::prelude::*;
use tracing::{Span, field::Empty};

use super::support::Telemetry;

fn chat() -> Span {
    tracing::info_span!(
        "chat gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = 0_i64,
    )
}

fn record(span: &Span, value: &Value<'_>) {
    let key = "gen_ai.usage.input_tokens";
    match value {
        Value::Str(text) => span.record(key, text.as_ref()),
        Value::Int(number) => span.record(key, *number),
        Value::UInt(number) => span.record(key, *number),
        Value::Double(number) => span.record(key, *number),
        Value::Bool(flag) => span.record(key, *flag),
        other => panic!("{other:?}"),
    };
}

/// What is counted of one span with that count, and what is found: kind and whether it is a violation.
fn told(value: &Value<'_>) -> (f64, Vec<(String, bool)>) {
    let telemetry = Telemetry::start();
    record(&chat(), value);
    let found = telemetry.findings.take().into_iter().map(|found| {
        assert_eq!(found.finding.attribute.as_deref(), Some("gen_ai.usage.input_tokens"));
        (found.finding.kind.id().to_owned(), found.finding.level == llm_span::contract::Level::Violation)
    });
    (telemetry.measured_tokens(), found.collect())
}

/// Kinds of findings, and whether each is a violation.
type Kinds = &'static [(&'static str, bool)];

#[test]
fn a_count_is_read_from_every_type_and_what_is_none_is_found() {
    const CLEAN: Kinds = &[];
    const TOLD: Kinds = &[("wrong-type", false)];
    const WRONG: Kinds = &[("wrong-type", true)];
    const BELOW: Kinds = &[("out-of-range", true)];
    let table: [(Value<'_>, f64, Kinds); 20] = [
        (128_i64.into(), 128.0, CLEAN),
        (0_i64.into(), 0.0, CLEAN),
        (128_u64.into(), 128.0, TOLD),
        (128.0.into(), 128.0, TOLD),
        ("128".into(), 128.0, WRONG),
        (" 128 ".into(), 128.0, WRONG),
        ((-1_i64).into(), 0.0, BELOW),
        (i64::MIN.into(), 0.0, BELOW),
        (u64::MAX.into(), 0.0, WRONG),
        (0.5.into(), 0.0, WRONG),
        ((-1.0).into(), 0.0, WRONG),
        (1e300.into(), 0.0, WRONG),
        (f64::NAN.into(), 0.0, WRONG),
        (f64::INFINITY.into(), 0.0, WRONG),
        ("-1".into(), 0.0, WRONG),
        ("0.5".into(), 0.0, WRONG),
        ("99999999999999999999".into(), 0.0, WRONG),
        ("a lot".into(), 0.0, WRONG),
        ("".into(), 0.0, WRONG),
        (true.into(), 0.0, WRONG),
    ];
    for (value, counted, found) in table {
        let found: Vec<_> = found.iter().map(|(kind, is_violation)| ((*kind).to_owned(), *is_violation)).collect();
        assert_eq!(told(&value), (counted, found), "{value:?}");
    }
}

/// The reference: what a count is worth.
fn worth(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::UInt(number) => i64::try_from(*number).ok()?.try_into().ok(),
        Value::Double(number) if number.fract() == 0.0 && (0.0..9e15).contains(number) => format!("{number:.0}").parse().ok(),
        Value::Str(text) => text.trim().parse::<i64>().ok()?.try_into().ok(),
        _ => None,
    }
}

fn count() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        (0..1_000_000_i64).prop_map(Value::from),
        (0..1_000_000_u64).prop_map(Value::from),
        (0..1_000_000_u32).prop_map(|whole| Value::from(f64::from(whole))),
        (-10..1_000_000_i64).prop_map(|number| Value::from(number.to_string())),
        (i64::MIN..0).prop_map(Value::from),
        (i64::MAX as u64 + 1..).prop_map(Value::from),
        any::<f64>()
            .prop_filter("it would be counted", |number| number.abs() > 9e15 || number.fract() != 0.0)
            .prop_map(Value::from),
        ".{0,12}".prop_filter("it would be large", |text| text.trim().len() < 7).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn whatever_counts_arrive_the_sum_is_that_of_those_that_are_counts(counts in proptest::collection::vec(count(), 1..12)) {
        let telemetry = Telemetry::start();
        for value in &counts {
            record(&chat(), value);
        }
        let expected: u64 = counts.iter().filter_map(worth).sum();
        prop_assert_eq!(telemetry.measured_tokens().to_string(), expected.to_string());
        // Every one that is no int of at least 0 is told, once.
        let faulty = counts.iter().filter(|value| !matches!(value, Value::Int(0..))).count();
        prop_assert_eq!(telemetry.found().len(), faulty);
    }

    #[test]
    fn of_counts_that_are_recorded_bit_by_bit_the_last_one_counts(counts in proptest::collection::vec(count(), 1..5)) {
        let telemetry = Telemetry::start();
        let span = chat();
        for value in &counts {
            record(&span, value);
        }
        drop(span);
        let expected = counts.last().and_then(worth).unwrap_or_default();
        prop_assert_eq!(telemetry.measured_tokens().to_string(), expected.to_string());
        prop_assert!(counts.iter().all(|value| matches!(value, Value::Int(0..))) || !telemetry.found().is_empty());
    }
}

#[test]
fn a_span_that_only_says_what_kind_of_request_it_is_is_held_to_the_amtp_contract() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!("ask", "llm.request.type" = "embedding", llm.tokens.prompt = 7_i64, llm.tokens.total = 7_i64));
    let found = telemetry.found();
    for key in ["llm.provider", "llm.model", "gen_ai.system", "gen_ai.request.model", "llm.tokens.completion"] {
        assert!(found.contains(&format!("missing-attribute {key}")), "{key} in {found:?}");
    }
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(telemetry.counters().values().sum::<u64>(), 14);
}

#[test]
fn a_span_whose_operation_is_told_last_is_judged_by_it() {
    let telemetry = Telemetry::start();
    let span =
        tracing::info_span!("tool", gen_ai.operation.name = Empty, gen_ai.tool.name = Empty, gen_ai.usage.input_tokens = 5_i64);
    span.record("gen_ai.tool.name", "get_weather");
    span.record("gen_ai.operation.name", "execute_tool");
    drop(span);
    assert_eq!(telemetry.found(), Vec::<String>::new());
    assert_eq!(telemetry.measured_tokens().to_string(), "0");
}

#[test]
fn a_span_that_never_tells_its_outcome_is_a_success_when_it_closes_unless_it_told_an_error() {
    let telemetry = Telemetry::start();
    let span = chat();
    assert!(telemetry.found().is_empty(), "it is open");
    drop(span);
    assert_eq!(telemetry.found(), ["missing-attribute gen_ai.usage.input_tokens"]);
    let failed =
        tracing::info_span!("chat", gen_ai.operation.name = "chat", gen_ai.provider.name = "openai", error.r#type = "timeout");
    drop(failed);
    assert_eq!(telemetry.found(), Vec::<String>::new());
}
