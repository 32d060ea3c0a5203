//! The layer's short way (masks) and the contract's long way (`Contracts::check`) say the same of every span.

use llm_span::{
    CollectFindings, LlmLayer,
    contract::{Contract, Contracts, Generation, Observed, Value},
};
use proptest::prelude::*;
use tracing::field::Empty;
use tracing_subscriber::prelude::*;

/// The keys of the span below.
const KEYS: [&str; 29] = [
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
    "llm.usage.invalid",
    "llm.usage.estimated",
    "llm.stream.chunks",
    "llm.cost.usd",
    "gen_ai.usage.audio.output_tokens",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.request.stream",
    "gen_ai.request.max_tokens",
    "gen_ai.input.messages",
    "gen_ai.tool.call.result",
    "gen_ai.tool.name",
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
        llm.usage.invalid = Empty,
        llm.usage.estimated = Empty,
        llm.stream.chunks = Empty,
        llm.cost.usd = Empty,
        gen_ai.usage.audio.output_tokens = Empty,
        gen_ai.response.time_to_first_chunk = Empty,
        gen_ai.request.stream = Empty,
        gen_ai.request.max_tokens = Empty,
        gen_ai.input.messages = Empty,
        gen_ai.tool.call.result = Empty,
        gen_ai.tool.name = Empty,
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
        6 => proptest::sample::select(vec!["openai", "gemini", "gcp.gemini", "gpt-4o", "chat", "embedding", "embeddings", "execute_tool", "plan", "chatt", "oops", " ", ""])
            .prop_map(Value::from),
        6 => (-1..4_i64).prop_map(Value::from),
        1 => prop_oneof![0..4_u64, Just(u64::MAX)].prop_map(Value::from),
        1 => proptest::sample::select(vec![0.5, 2.0, -1.0, 1e300, f64::INFINITY, f64::NAN]).prop_map(Value::from),
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
            "gen_ai.request.temperature" | "llm.cost.usd" | "gen_ai.response.time_to_first_chunk" => {
                Just(Value::from(0.5)).boxed()
            }
            "llm.usage.estimated" | "gen_ai.request.stream" => any::<bool>().prop_map(Value::from).boxed(),
            "llm.usage.invalid" => text("prompt is negative"),
            "gen_ai.input.messages" | "gen_ai.tool.call.result" => text("[]"),
            "gen_ai.tool.name" => text("get_weather"),
            "llm.tokens.total" => Just(Value::from(2_i64)).boxed(),
            _ => Just(Value::from(1_i64)).boxed(),
        }
    };
    // The outcome ends the call, so it comes last, and alone.
    let one = |key: &'static str| {
        // Rarely, as it is a finding in itself.
        let often = if key == "llm.usage.invalid" { 0.1 } else { 0.8 };
        proptest::option::weighted(often, prop_oneof![19 => fitting(key), 1 => value()]).prop_map(move |value| (key, value))
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

/// Records of a few attributes of each kind that is kept, some of them again with another value of the type.
fn repeated() -> impl Strategy<Value = Vec<(&'static str, Value<'static>)>> {
    let one = prop_oneof![
        (0..3_i64).prop_map(|number| ("gen_ai.usage.input_tokens", Value::from(number))),
        (1..3_i64).prop_map(|tokens| ("gen_ai.request.max_tokens", Value::from(tokens))),
        proptest::sample::select(vec![0.25, 0.5]).prop_map(|cost| ("llm.cost.usd", Value::from(cost))),
        any::<bool>().prop_map(|flag| ("llm.usage.estimated", Value::from(flag))),
        proptest::sample::select(vec!["gpt-4o", "gpt-4"]).prop_map(|model| ("llm.model", Value::from(model))),
    ];
    proptest::collection::vec(one, 0..10)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_is_recorded_again_is_found_by_both(records in repeated()) {
        llm_span::testing::keep_callsites_open();
        let contracts = Contracts::default();
        let findings = CollectFindings::default();
        let layer = LlmLayer::builder().contracts(contracts.clone()).findings(findings.clone()).build();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = open();
            for (key, value) in &records {
                record(&span, key, value);
            }
        });
        let observed = records.iter().fold(Observed::new("llm.completion"), |span, (key, value)| span.with(*key, value.clone()));
        let told = |finding: &llm_span::contract::Finding| (finding.kind, finding.attribute.clone());
        let mut expected: Vec<_> = contracts.check(&observed).iter().map(told).collect();
        let mut found: Vec<_> = findings.take().iter().map(|found| told(&found.finding)).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}
