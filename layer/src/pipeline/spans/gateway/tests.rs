use std::{collections::BTreeMap, time::UNIX_EPOCH};

use opentelemetry::{
    InstrumentationScope,
    trace::{SpanContext, SpanId, SpanKind, Status},
};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use super::*;

/// What a span has of the gateway's, under a setting.
fn described(names: SpanNames, name: &'static str, attributes: &[KeyValue]) -> BTreeMap<String, Value> {
    let mut span = SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Client,
        name: name.into(),
        start_time: UNIX_EPOCH,
        end_time: UNIX_EPOCH,
        attributes: attributes.to_vec(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    };
    describe(names, &mut span);
    assert_eq!(span.attributes[..attributes.len()], *attributes, "what was there stays");
    let gateways = span.attributes.iter().filter(|attribute| attribute.key.as_str().starts_with("provider."));
    let counted = gateways.clone().count();
    let all: BTreeMap<_, _> = gateways.map(|attribute| (attribute.key.to_string(), attribute.value.clone())).collect();
    assert_eq!(all.len(), counted, "each once");
    all
}

fn by_gateway(name: &'static str, attributes: &[KeyValue]) -> BTreeMap<String, Value> {
    described(SpanNames::LlmGateway, name, attributes)
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> BTreeMap<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn stream() -> [KeyValue; 7] {
    [
        KeyValue::new(keys::GEN_AI_OPERATION_NAME, "chat"),
        KeyValue::new(keys::GEN_AI_PROVIDER_NAME, "openai"),
        KeyValue::new(keys::GEN_AI_REQUEST_MODEL, "gpt-4o"),
        KeyValue::new(keys::GEN_AI_USAGE_INPUT_TOKENS, 128),
        KeyValue::new(keys::GEN_AI_USAGE_OUTPUT_TOKENS, 64),
        KeyValue::new(keys::LLM_STREAM_CHUNKS, 9),
        KeyValue::new(keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, 0.25),
    ]
}

#[test]
fn a_call_has_the_documents_attributes_whatever_it_is_called() {
    let all = map([
        ("provider.name", "openai".into()),
        ("provider.model", "gpt-4o".into()),
        ("provider.input_tokens", Value::I64(128)),
        ("provider.output_tokens", Value::I64(64)),
        ("provider.chunk_count", Value::I64(9)),
        ("provider.ttfb_seconds", Value::F64(0.25)),
    ]);
    for name in [GENERATE_STREAM, "summary"] {
        assert_eq!(by_gateway(name, &stream()), all, "{name}");
    }
}

#[test]
fn a_span_that_the_program_names_so_says_it_by_either_contract() {
    let attributes = [
        KeyValue::new(keys::LLM_PROVIDER, "anthropic"),
        KeyValue::new(keys::LLM_MODEL, "claude"),
        // An unsigned field.
        KeyValue::new(keys::LLM_TOKENS_PROMPT, "12"),
        KeyValue::new(keys::LLM_TOKENS_COMPLETION, 0),
    ];
    let all = map([
        ("provider.name", "anthropic".into()),
        ("provider.model", "claude".into()),
        ("provider.input_tokens", Value::I64(12)),
        ("provider.output_tokens", Value::I64(0)),
    ]);
    assert_eq!(by_gateway(GENERATE, &attributes), all);
}

#[test]
fn what_the_program_has_recorded_itself_stays() {
    let mut attributes = stream().to_vec();
    attributes.extend([KeyValue::new("provider.input_tokens", 7), KeyValue::new("provider.name", "ours")]);
    let all = by_gateway(GENERATE_STREAM, &attributes);
    assert_eq!((&all["provider.input_tokens"], &all["provider.name"]), (&Value::I64(7), &"ours".into()));
    assert_eq!(all["provider.output_tokens"], Value::I64(64));
}

#[test]
fn what_is_no_count_and_what_nobody_has_recorded_is_not_there() {
    let attributes = [
        KeyValue::new(keys::GEN_AI_PROVIDER_NAME, ""),
        KeyValue::new(keys::GEN_AI_USAGE_INPUT_TOKENS, -1),
        KeyValue::new(keys::GEN_AI_USAGE_OUTPUT_TOKENS, "many"),
        KeyValue::new(keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, f64::INFINITY),
    ];
    assert_eq!(by_gateway(GENERATE, &attributes), map([]));
}

#[test]
fn other_spans_and_other_settings_have_none() {
    let agent = [KeyValue::new(keys::GEN_AI_OPERATION_NAME, "invoke_agent"), KeyValue::new(keys::GEN_AI_PROVIDER_NAME, "openai")];
    assert_eq!(by_gateway("invoke_agent", &agent), map([]));
    assert_eq!(by_gateway("llm.inference", &stream()[1..]), map([]));
    for names in [SpanNames::AsTheyAre, SpanNames::GenAi] {
        assert_eq!(described(names, GENERATE_STREAM, &stream()), map([]), "{names:?}");
    }
}
