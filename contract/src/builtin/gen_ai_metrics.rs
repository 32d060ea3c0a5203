//! The client metrics of the GenAI conventions.

use std::borrow::Cow;

use super::{Generation, estimated, gen_ai, key};
use crate::{Amount, Label, Measure, Metric, MetricKind, Operation, OperationSet, Point, Spans, keys};

/// Bucket bounds of durations, in seconds, as the conventions give them.
const SECONDS: &[f64] = &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// Bucket bounds of token counts: powers of 4.
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];
const MODEL_CALLS: OperationSet = OperationSet::MODEL_CALLS;
const INFERENCE: OperationSet = OperationSet::GENERATION;

pub(super) fn metrics(generation: Generation) -> Vec<Metric> {
    match generation {
        Generation::G1 => vec![token_usage(), duration("gen_ai.client.operation.duration", MODEL_CALLS)],
        Generation::G2 => {
            let mut metrics = token_counters();
            metrics.push(duration("gen_ai.client.operation.duration", MODEL_CALLS));
            metrics
        }
        Generation::G3 => {
            let mut metrics = token_counters();
            let embeddings = OperationSet::of(&[Operation::Embeddings]);
            let retrieval = OperationSet::of(&[Operation::Retrieval]);
            metrics.push(duration("gen_ai.client.inference.duration", INFERENCE));
            metrics.push(duration("gen_ai.client.embeddings.duration", embeddings));
            metrics.push(duration("gen_ai.client.operation.duration", retrieval));
            metrics
        }
    }
}

/// The first is what is read where both were recorded.
const INPUT: &[&str] = &[keys::GEN_AI_USAGE_INPUT_TOKENS, "gen_ai.usage.prompt_tokens"];
const OUTPUT: &[&str] = &[keys::GEN_AI_USAGE_OUTPUT_TOKENS, "gen_ai.usage.completion_tokens"];

fn token_usage() -> Metric {
    Metric {
        name: key("gen_ai.client.token.usage"),
        namespace: None,
        kind: MetricKind::Histogram { boundaries: Cow::Borrowed(TOKENS) },
        unit: key("{token}"),
        description: key("Number of input and output tokens used."),
        spans: calls(MODEL_CALLS),
        points: vec![
            tokens(INPUT, &[(key("gen_ai.token.type"), key("input"))]),
            tokens(OUTPUT, &[(key("gen_ai.token.type"), key("output"))]),
        ],
        labels: token_labels(),
        event: None,
    }
}

fn token_counters() -> Vec<Metric> {
    let counter = |name, description, from: &[&'static str]| Metric {
        name: key(name),
        namespace: None,
        kind: MetricKind::Counter,
        unit: key("{token}"),
        description: key(description),
        spans: calls(INFERENCE),
        points: vec![tokens(from, &[(key("gen_ai.token.modality"), key("unknown"))])],
        labels: token_labels(),
        event: None,
    };
    let cache_write = &[keys::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS, keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS];
    vec![
        counter("gen_ai.client.inference.usage.input_tokens", "Input tokens, cached ones included.", INPUT),
        counter("gen_ai.client.inference.usage.output_tokens", "Output tokens, reasoning included.", OUTPUT),
        counter(
            "gen_ai.client.inference.usage.cache_read.input_tokens",
            "Input tokens read from a cache.",
            &[keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS],
        ),
        counter("gen_ai.client.inference.usage.cache_write.input_tokens", "Input tokens written to a cache.", cache_write),
        counter(
            "gen_ai.client.inference.usage.reasoning.output_tokens",
            "Output tokens of reasoning.",
            &[keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS],
        ),
    ]
}

fn duration(name: &'static str, operations: OperationSet) -> Metric {
    let mut labels = labels();
    labels.push(Label::from(keys::ERROR_TYPE).optional());
    Metric {
        name: key(name),
        namespace: None,
        kind: MetricKind::Histogram { boundaries: Cow::Borrowed(SECONDS) },
        unit: key("s"),
        description: key("Duration of the operation."),
        spans: calls(operations),
        points: vec![Point { measure: Measure::Duration, fixed: Vec::new() }],
        labels,
        event: None,
    }
}

fn calls(operations: OperationSet) -> Spans {
    Spans { selectors: gen_ai::selectors(), operations: Some(operations), conditions: Vec::new() }
}

fn tokens(from: &[&'static str], fixed: &[(Cow<'static, str>, Cow<'static, str>)]) -> Point {
    let mut from = from.iter();
    let first = Amount::of(from.next().copied().unwrap_or_default());
    let amount = from.fold(first, |amount, key| amount.or(*key));
    Point { measure: Measure::Tokens(amount), fixed: fixed.to_vec() }
}

/// The group that all of them carry: operation, provider, requested and answering model, server.
fn labels() -> Vec<Label> {
    vec![
        Label::from(keys::GEN_AI_OPERATION_NAME),
        Label::of(keys::GEN_AI_PROVIDER_NAME, [keys::GEN_AI_PROVIDER_NAME, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM]),
        Label::of(keys::GEN_AI_REQUEST_MODEL, [keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL]),
        Label::from(keys::GEN_AI_RESPONSE_MODEL).optional(),
        Label::from(keys::SERVER_ADDRESS).optional(),
        Label::from(keys::SERVER_PORT).optional(),
    ]
}

/// Tokens tell beside it whether they were estimated.
fn token_labels() -> Vec<Label> {
    labels().into_iter().chain([estimated()]).collect()
}
