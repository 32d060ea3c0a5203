//! The layer's short way (masks) and the contract's long way (`Contracts::check`) say the same of every span.

use llm_span::{
    CollectFindings, LlmLayer,
    contract::{Contract, Contracts, Generation, Observed, Value},
};
use proptest::prelude::*;
use tracing::field::Empty;
use tracing_subscriber::prelude::*;

/// The keys of the span below.
const KEYS: [&str; 18] = [
    "llm.provider",
    "llm.model",
    "llm.request.type",
    "llm.tokens.prompt",
    "llm.tokens.completion",
    "llm.tokens.total",
    "gen_ai.system",
    "gen_ai.request.model",
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.request.temperature",
    "error.type",
    "llm.outcome",
    "llm.tokens.promt",
];

fn open() -> tracing::Span {
    tracing::info_span!(
        "llm.completion",
        llm.provider = Empty,
        llm.model = Empty,
        "llm.request.type" = Empty,
        llm.tokens.prompt = Empty,
        llm.tokens.completion = Empty,
        llm.tokens.total = Empty,
        gen_ai.system = Empty,
        gen_ai.request.model = Empty,
        gen_ai.operation.name = Empty,
        gen_ai.provider.name = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        gen_ai.usage.cache_read.input_tokens = Empty,
        gen_ai.usage.prompt_tokens = Empty,
        gen_ai.request.temperature = Empty,
        "error.type" = Empty,
        llm.outcome = Empty,
        llm.tokens.promt = Empty,
    )
}

fn record(span: &tracing::Span, key: &str, value: &Value<'_>) {
    match value {
        Value::Str(text) => span.record(key, text.as_ref()),
        Value::Int(number) => span.record(key, *number),
        Value::UInt(number) => span.record(key, *number),
        Value::Double(number) => span.record(key, *number),
        Value::Bool(flag) => span.record(key, *flag),
        other => panic!("{other:?}"),
    };
}

fn value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        6 => proptest::sample::select(vec!["openai", "gemini", "gcp.gemini", "gpt-4o", "chat", "embedding", "embeddings", "execute_tool", "oops", ""])
            .prop_map(Value::from),
        6 => (-1..4_i64).prop_map(Value::from),
        1 => (0..4_u64).prop_map(Value::from),
        1 => proptest::sample::select(vec![0.5, 2.0, -1.0, f64::NAN]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

/// Mostly what belongs there.
fn records() -> impl Strategy<Value = Vec<(&'static str, Value<'static>)>> {
    let fitting = |key: &'static str| -> BoxedStrategy<Value<'static>> {
        let text = |text: &'static str| Just(Value::from(text)).boxed();
        match key {
            "llm.provider" | "gen_ai.system" | "gen_ai.provider.name" => text("openai"),
            "llm.model" | "gen_ai.request.model" => text("gpt-4o"),
            "llm.request.type" | "gen_ai.operation.name" => text("chat"),
            "error.type" => text("timeout"),
            "gen_ai.request.temperature" => Just(Value::from(0.5)).boxed(),
            "llm.tokens.total" => Just(Value::from(2_i64)).boxed(),
            _ => Just(Value::from(1_i64)).boxed(),
        }
    };
    // The outcome ends the call, so it comes last, and alone.
    let one = |key: &'static str| {
        proptest::option::weighted(0.8, prop_oneof![9 => fitting(key), 1 => value()]).prop_map(move |value| (key, value))
    };
    let all: Vec<_> = KEYS.into_iter().filter(|key| *key != "llm.outcome").map(one).collect();
    let outcome = proptest::option::of(proptest::sample::select(vec!["ok", "error", "cancelled", "panic"]));
    (all, outcome).prop_map(|(records, outcome)| {
        let mut records: Vec<_> = records.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        records.extend(outcome.map(|outcome| ("llm.outcome", Value::from(outcome))));
        records
    })
}

fn contracts() -> impl Strategy<Value = Contracts> {
    let all = [
        Contracts::default(),
        Contract::amtp().into(),
        Contract::amtp().strict().into(),
        Contract::gen_ai(Generation::G1).into(),
        Contracts::from(Contract::amtp()).and(Contract::gen_ai(Generation::G2)),
    ];
    proptest::sample::select(all.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn the_layer_finds_what_the_contract_finds(contracts in contracts(), records in records()) {
        llm_span::testing::keep_callsites_open();
        let findings = CollectFindings::default();
        let layer = LlmLayer::builder().contracts(contracts.clone()).findings(findings.clone()).build();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = open();
            for (key, value) in &records {
                record(&span, key, value);
            }
        });
        let observed = records.iter().fold(Observed::new("llm.completion"), |span, (key, value)| span.with(*key, value.clone()));
        let told = |finding: &llm_span::contract::Finding| (finding.kind, finding.level, finding.attribute.clone());
        let mut expected: Vec<_> = contracts.check(&observed).iter().map(told).collect();
        let mut found: Vec<_> = findings.take().iter().map(|found| told(&found.finding)).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}
