//! The client metrics of the GenAI conventions, by generation.
//!
//! Sources: semantic-conventions v1.41.1 (G1), semantic-conventions-genai of October 2026 (G2), its later main (G3).

use super::common::{estimated, first_of, streamed, time_to_first_chunk};
use crate::{
    Amount, Generation, Label, Measure, Metric, MetricBuilder, Operation, OperationSet, Spans, builtin::selectors, keys,
};

/// Bucket bounds of durations, in seconds, as the conventions give them.
const SECONDS: &[f64] = &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// Of agents, likewise.
const AGENT_SECONDS: &[f64] = &[0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6];
/// Of workflows, likewise: to two hours.
const WORKFLOW_SECONDS: &[f64] = &[1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0];
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
const INFERENCE: OperationSet = OperationSet::GENERATION;

pub(crate) fn metrics(generation: Generation) -> Vec<Metric> {
    match generation {
        Generation::G1 => {
            let mut metrics = vec![token_usage(), client_duration("gen_ai.client.operation.duration", OperationSet::MODEL_CALLS)];
            metrics
                .extend(chunks("gen_ai.client.operation.time_to_first_chunk", "gen_ai.client.operation.time_per_output_chunk"));
            metrics
        }
        Generation::G2 => {
            let mut metrics = token_counters();
            metrics.push(client_duration("gen_ai.client.operation.duration", OperationSet::MODEL_CALLS));
            metrics
                .extend(chunks("gen_ai.client.operation.time_to_first_chunk", "gen_ai.client.operation.time_per_output_chunk"));
            metrics.extend(orchestration());
            metrics
        }
        Generation::G3 => {
            let embeddings = OperationSet::of(&[Operation::Embeddings]);
            let retrieval = OperationSet::of(&[Operation::Retrieval]);
            let mut metrics = token_counters();
            metrics.push(client_duration("gen_ai.client.inference.duration", INFERENCE));
            metrics.push(client_duration("gen_ai.client.embeddings.duration", embeddings));
            metrics.push(client_duration("gen_ai.client.operation.duration", retrieval));
            metrics
                .extend(chunks("gen_ai.client.inference.time_to_first_chunk", "gen_ai.client.inference.time_per_output_chunk"));
            metrics.extend(orchestration());
            metrics
        }
    }
}

fn input() -> Amount {
    first_of([keys::GEN_AI_USAGE_INPUT_TOKENS, "gen_ai.usage.prompt_tokens"])
}

fn output() -> Amount {
    first_of([keys::GEN_AI_USAGE_OUTPUT_TOKENS, "gen_ai.usage.completion_tokens"])
}

fn token_usage() -> Metric {
    Metric::histogram("gen_ai.client.token.usage", TOKENS)
        .unit("{token}")
        .description("Input and output tokens of a call.")
        .of(calls(OperationSet::MODEL_CALLS))
        .measure_as(Measure::Tokens(input()), [("gen_ai.token.type", "input")])
        .measure_as(Measure::Tokens(output()), [("gen_ai.token.type", "output")])
        .labels(client_labels())
        .label(estimated())
        .finish()
}

/// Counters by modality. Providers that break their counts down are few, so all is of modality `unknown`, as the conventions ask for;
/// and, beside them, the tokens of each call.
fn token_counters() -> Vec<Metric> {
    let counter = |name: &'static str, description: &'static str, amount: Amount| {
        let counter = Metric::counter(name).unit("{token}").description(description).of(calls(INFERENCE));
        let counter = counter.measure_as(Measure::Tokens(amount), [("gen_ai.token.modality", "unknown")]);
        counter.labels(client_labels()).label(estimated()).finish()
    };
    let histogram = |name: &'static str, description: &'static str, amount: Amount| {
        let histogram = Metric::histogram(name, TOKENS).unit("{token}").description(description).of(calls(INFERENCE));
        let histogram = histogram.measure(Measure::Tokens(amount)).labels(client_labels());
        histogram.label(failed()).label(estimated()).finish()
    };
    let cache_read = Amount::of(keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS);
    let cache_write = first_of([keys::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS, keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]);
    let reasoning = Amount::of(keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS);
    vec![
        counter("gen_ai.client.inference.usage.input_tokens", "Input tokens, cached ones included.", input()),
        counter("gen_ai.client.inference.usage.output_tokens", "Output tokens, reasoning included.", output()),
        counter("gen_ai.client.inference.usage.cache_read.input_tokens", "Input tokens read from a cache.", cache_read),
        counter("gen_ai.client.inference.usage.cache_write.input_tokens", "Input tokens written to a cache.", cache_write),
        counter("gen_ai.client.inference.usage.reasoning.output_tokens", "Output tokens of reasoning.", reasoning),
        histogram("gen_ai.client.inference.operation.input_tokens", "Input tokens of a call.", input()),
        histogram("gen_ai.client.inference.operation.output_tokens", "Output tokens of a call.", output()),
    ]
}

fn client_duration(name: &'static str, operations: OperationSet) -> Metric {
    let duration = seconds(name, SECONDS, "Duration of the operation.").of(calls(operations));
    duration.measure(Measure::Duration).labels(client_labels()).label(failed()).finish()
}

/// Of streams: the time to the first chunk, and from each chunk to the next.
fn chunks(first: &'static str, each: &'static str) -> [Metric; 2] {
    let first = seconds(first, SECONDS, "Time from the request to the first chunk of the response.");
    let each = seconds(each, SECONDS, "Time from each chunk of the response to the next one.");
    [first.measure(time_to_first_chunk()), each.measure(Measure::TimePerChunk)]
        .map(|metric| metric.of(streamed(calls(INFERENCE))).labels(client_labels()).finish())
}

/// Agents, workflows, tools.
fn orchestration() -> [Metric; 3] {
    let agent = Label::from("gen_ai.agent.name").optional();
    let tool = seconds("gen_ai.execute_tool.duration", SECONDS, "Duration of a tool's execution.")
        .of(calls(OperationSet::of(&[Operation::ExecuteTool])))
        .label("gen_ai.tool.name")
        .label(Label::from("gen_ai.tool.type").optional())
        .label(agent.clone());
    let invoked = seconds("gen_ai.invoke_agent.duration", AGENT_SECONDS, "Duration of an agent's invocation.")
        .of(calls(OperationSet::of(&[Operation::InvokeAgent])))
        .label(agent)
        .label(Label::from(keys::GEN_AI_REQUEST_MODEL).optional());
    let workflow = seconds("gen_ai.invoke_workflow.duration", WORKFLOW_SECONDS, "Duration of a workflow's run.")
        .of(calls(OperationSet::of(&[Operation::InvokeWorkflow])))
        .label(Label::from("gen_ai.workflow.name").optional());
    [tool, invoked, workflow].map(|metric| metric.measure(Measure::Duration).label(failed()).finish())
}

fn seconds(name: &'static str, boundaries: &'static [f64], description: &'static str) -> MetricBuilder {
    Metric::histogram(name, boundaries).unit("s").description(description)
}

fn calls(operations: OperationSet) -> Spans {
    Spans::calls_among(selectors::gen_ai(), operations)
}

fn failed() -> Label {
    Label::from(keys::ERROR_TYPE).optional()
}

/// The group that all metrics of a client carry: operation, provider, requested and answering model, server.
fn client_labels() -> [Label; 6] {
    [
        Label::from(keys::GEN_AI_OPERATION_NAME),
        Label::of(keys::GEN_AI_PROVIDER_NAME, [keys::GEN_AI_PROVIDER_NAME, keys::LLM_PROVIDER, keys::GEN_AI_SYSTEM]),
        Label::of(keys::GEN_AI_REQUEST_MODEL, [keys::GEN_AI_REQUEST_MODEL, keys::LLM_MODEL]),
        Label::from(keys::GEN_AI_RESPONSE_MODEL).optional(),
        Label::from(keys::SERVER_ADDRESS).optional(),
        Label::from(keys::SERVER_PORT).optional(),
    ]
}
