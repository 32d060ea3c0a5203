//! What the LLM gateway's document calls the attributes of a model call.
//!
//! They stand beside those of the contracts, which hold the same values: `provider.name`, `provider.model`, `provider.input_tokens`,
//! `provider.output_tokens`, and of streams `provider.chunk_count` and `provider.ttfb_seconds`. What the program has recorded under such a name
//! itself stays, and what nobody has recorded under any is not there.

use llm_span_contract::{Operation, OperationSet, keys};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::names::{GENERATE, GENERATE_STREAM, text, value};
use crate::pipeline::settings::SpanNames;

/// Where texts are found, the preferred one first.
const TEXTS: [(&str, &[&str]); 2] = [
    ("provider.name", &[keys::GEN_AI_PROVIDER_NAME, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM]),
    ("provider.model", &[keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL]),
];
const COUNTS: [(&str, &[&str]); 3] = [
    ("provider.input_tokens", &[keys::GEN_AI_USAGE_INPUT_TOKENS, keys::LLM_TOKENS_PROMPT]),
    ("provider.output_tokens", &[keys::GEN_AI_USAGE_OUTPUT_TOKENS, keys::LLM_TOKENS_COMPLETION]),
    ("provider.chunk_count", &[keys::LLM_STREAM_CHUNKS]),
];
const TTFB_SECONDS: &str = "provider.ttfb_seconds";

/// Gives a model call what it has under the names that are chosen. It has its name already.
pub(crate) fn describe(names: SpanNames, span: &mut SpanData) {
    if names != SpanNames::LlmGateway || !generates(span) {
        return;
    }
    let mut further: Vec<KeyValue> = Vec::new();
    let attributes = &span.attributes;
    let is_missing = |key: &str| value(attributes, key).is_none();
    for (key, sources) in TEXTS.into_iter().filter(|(key, _)| is_missing(key)) {
        let found = sources.iter().find_map(|source| text(attributes, source));
        further.extend(found.map(|found| KeyValue::new(key, found.into_owned())));
    }
    for (key, sources) in COUNTS.into_iter().filter(|(key, _)| is_missing(key)) {
        let found = sources.iter().find_map(|source| count(value(attributes, source)?));
        further.extend(found.map(|found| KeyValue::new(key, found)));
    }
    if is_missing(TTFB_SECONDS) {
        let found = value(attributes, keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK).and_then(seconds);
        further.extend(found.map(|found| KeyValue::new(TTFB_SECONDS, found)));
    }
    span.attributes.extend(further);
}

/// Whether text is generated: the span is called so, or says so.
fn generates(span: &SpanData) -> bool {
    if [GENERATE, GENERATE_STREAM].contains(&&*span.name) {
        return true;
    }
    let stated = text(&span.attributes, keys::GEN_AI_OPERATION_NAME).and_then(|name| Operation::from_name(&name));
    stated
        .or_else(|| text(&span.attributes, keys::LLM_REQUEST_TYPE).and_then(|name| Operation::from_request_type(&name)))
        .is_some_and(|operation| OperationSet::GENERATION.contains(operation))
}

/// Unsigned fields of `tracing` are exported as texts.
fn count(value: &Value) -> Option<i64> {
    let count = match value {
        Value::I64(count) => Some(*count),
        Value::String(text) => text.as_str().parse().ok(),
        _ => None,
    };
    count.filter(|count| *count >= 0)
}

#[allow(clippy::cast_precision_loss, reason = "whole seconds are few")]
fn seconds(value: &Value) -> Option<f64> {
    let seconds = match value {
        Value::F64(seconds) => Some(*seconds),
        Value::I64(seconds) => Some(*seconds as f64),
        _ => None,
    };
    seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

#[cfg(test)]
mod tests;
