//! The OpenTelemetry semantic conventions for generative AI, as a contract, in three generations.
//!
//! Sources: semantic-conventions v1.41.1 (G1), semantic-conventions-genai of October 2026 (G2), its later main (G3). All are of
//! stability `development`. The conditions a span itself tells (success, failure) are checked, the others are carried as text.

use std::borrow::Cow;

use super::{key, own, part_of, selectors};
use crate::{
    Attribute,
    AttributeType::{self, Any, Bool, Double, Int, String, StringArray},
    Contract, Demand, Generation, Operation, OperationSet,
    Requirement::{Conditional, OnFailure, OnSuccess, OptIn, Recommended, Required},
    keys,
    metric::sets,
    provider,
};

const GENERATION: OperationSet = OperationSet::GENERATION;
const EMBEDDINGS: OperationSet = OperationSet::of(&[Operation::Embeddings]);
const RETRIEVAL: OperationSet = OperationSet::of(&[Operation::Retrieval]);
const AGENT: OperationSet = OperationSet::of(&[Operation::CreateAgent, Operation::InvokeAgent]);
const INVOKE_AGENT: OperationSet = OperationSet::of(&[Operation::InvokeAgent]);
const TOOL: OperationSet = OperationSet::of(&[Operation::ExecuteTool]);
const WORKFLOW: OperationSet = OperationSet::of(&[Operation::InvokeWorkflow]);
/// Client spans. An agent run in this process has no provider, so of `invoke_agent` it is not demanded.
const CLIENT: OperationSet = GENERATION.union(EMBEDDINGS).union(OperationSet::of(&[Operation::CreateAgent]));

pub(crate) fn contract(generation: Generation) -> Contract {
    Contract {
        name: key(generation.contract_name()),
        selectors: selectors::gen_ai(),
        attributes: attributes(generation),
        relations: vec![
            part_of(keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, keys::GEN_AI_USAGE_INPUT_TOKENS),
            part_of(keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS, keys::GEN_AI_USAGE_INPUT_TOKENS),
            part_of(keys::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS, keys::GEN_AI_USAGE_INPUT_TOKENS),
            part_of(keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS, keys::GEN_AI_USAGE_OUTPUT_TOKENS),
            part_of(keys::GEN_AI_USAGE_AUDIO_INPUT_TOKENS, keys::GEN_AI_USAGE_INPUT_TOKENS),
            part_of(keys::GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS, keys::GEN_AI_USAGE_OUTPUT_TOKENS),
        ],
        deprecated: deprecated(),
        metrics: sets::gen_ai::metrics(generation),
        strict: false,
    }
}

fn attributes(generation: Generation) -> Vec<Attribute> {
    let mut all = identity();
    all.extend(own());
    all.extend(request());
    all.extend(response_and_usage());
    all.extend(agents_and_tools());
    // G1 knows as extras what G2 has added: both spellings of a written cache are emitted while backends differ.
    let later = [
        int(keys::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS).doc("Input tokens written to a cache, by its later name.", "25"),
        int(keys::GEN_AI_USAGE_AUDIO_INPUT_TOKENS).doc("Audio among the input tokens.", "25"),
        int(keys::GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS).doc("Audio among the output tokens.", "25"),
    ];
    let demands = if generation == Generation::G1 { &[] } else { RECOMMENDED_USAGE };
    all.extend(later.map(|attribute| attribute.non_negative().demand(demands)));
    all.extend(content());
    all
}

const EVERY: &[Demand] = &[Demand::new(OperationSet::ALL, Required)];
const RECOMMENDED_USAGE: &[Demand] = &[Demand::new(GENERATION.union(INVOKE_AGENT), Recommended)];
const REQUEST: &[Demand] = &[Demand::new(GENERATION.union(INVOKE_AGENT), Recommended)];

const fn int(key: &'static str) -> Attribute {
    Attribute::new(key, Int)
}

const fn text(key: &'static str) -> Attribute {
    Attribute::new(key, String)
}

/// Who is asked to do what: the set that samplers see.
fn identity() -> Vec<Attribute> {
    const PROVIDER: &[Demand] =
        &[Demand::new(CLIENT, Required), Demand::new(RETRIEVAL.union(INVOKE_AGENT), Conditional("when a provider is asked"))];
    const MODEL: &[Demand] = &[
        Demand::new(GENERATION.union(EMBEDDINGS).union(RETRIEVAL), Conditional("if available")),
        Demand::new(AGENT, Conditional("if the agent has one model")),
    ];
    const FAILED: &[Demand] = &[Demand::new(OperationSet::ALL, OnFailure)];
    const SERVER: &[Demand] = &[Demand::new(OperationSet::ALL, Recommended)];
    const PORT: &[Demand] = &[Demand::new(OperationSet::ALL, Conditional("if `server.address` is set"))];
    const CONVERSATION: &[Demand] = &[Demand::new(OperationSet::ALL, Conditional("when available"))];
    vec![
        text(keys::GEN_AI_OPERATION_NAME)
            .at_creation()
            .demand(EVERY)
            .known(Operation::ALL.map(Operation::name))
            .doc("What is done.", "chat"),
        text(keys::GEN_AI_PROVIDER_NAME)
            .at_creation()
            .demand(PROVIDER)
            .known(provider::NAMES)
            .doc("Who serves the model.", "openai"),
        text(keys::GEN_AI_REQUEST_MODEL).at_creation().demand(MODEL).doc("The model asked for.", "gpt-4o"),
        text(keys::SERVER_ADDRESS).at_creation().demand(SERVER).doc("The provider's host.", "api.openai.com"),
        int(keys::SERVER_PORT).at_creation().demand(PORT).non_negative().doc("The provider's port.", "443"),
        text(keys::ERROR_TYPE).demand(FAILED).doc("Which kind of error ended the operation.", "timeout"),
        text(keys::GEN_AI_CONVERSATION_ID).demand(CONVERSATION).doc("The conversation it belongs to.", "conv_5j66"),
    ]
}

fn request() -> Vec<Attribute> {
    const CHOICES: &[Demand] = &[Demand::new(GENERATION.union(INVOKE_AGENT), Conditional("if requested and not 1"))];
    const SEED: &[Demand] = &[Demand::new(GENERATION.union(INVOKE_AGENT), Conditional("if the request has a seed"))];
    const STREAM: &[Demand] = &[Demand::new(GENERATION, Conditional("if and only if the response is streamed"))];
    const OUTPUT: &[Demand] =
        &[Demand::new(GENERATION.union(INVOKE_AGENT), Conditional("if the request names an output format"))];
    const FORMATS: &[Demand] = &[Demand::new(EMBEDDINGS, Recommended)];
    const SOURCE: &[Demand] = &[Demand::new(RETRIEVAL.union(INVOKE_AGENT), Conditional("if applicable"))];
    const TOP_K: &[Demand] = &[Demand::new(GENERATION.union(RETRIEVAL), Recommended)];
    let plain =
        |key, ty: AttributeType, example| Attribute::new(key, ty).demand(REQUEST).doc("A parameter of the request.", example);
    vec![
        plain("gen_ai.request.max_tokens", Int, "100").non_negative(),
        plain("gen_ai.request.temperature", Double, "0.0"),
        plain("gen_ai.request.top_p", Double, "1.0"),
        plain("gen_ai.request.top_k", Double, "40").demand(TOP_K),
        plain("gen_ai.request.frequency_penalty", Double, "0.1"),
        plain("gen_ai.request.presence_penalty", Double, "0.1"),
        plain("gen_ai.request.stop_sequences", StringArray, r#"["forest"]"#),
        plain("gen_ai.request.choice.count", Int, "3").demand(CHOICES).non_negative(),
        plain("gen_ai.request.seed", Int, "100").demand(SEED),
        plain(keys::GEN_AI_REQUEST_STREAM, Bool, "true").demand(STREAM),
        plain("gen_ai.request.encoding_formats", StringArray, r#"["base64"]"#).demand(FORMATS),
        plain("gen_ai.output.type", String, "json").demand(OUTPUT).known(["text", "json", "image", "speech"]),
        int("gen_ai.embeddings.dimension.count").demand(FORMATS).non_negative().doc("Dimensions of the vectors.", "512"),
        text("gen_ai.data_source.id").demand(SOURCE).doc("The data source searched.", "H7STPQYOND"),
    ]
}

fn response_and_usage() -> Vec<Attribute> {
    const RESPONSE: &[Demand] = &[Demand::new(GENERATION, Recommended)];
    const MODEL: &[Demand] = &[Demand::new(GENERATION.union(EMBEDDINGS), Recommended)];
    // The conventions recommend the usage. Without it no bill and no dashboard is right, so this contract demands it of a success.
    const INPUT: &[Demand] = &[Demand::new(GENERATION.union(EMBEDDINGS), OnSuccess), Demand::new(INVOKE_AGENT, Recommended)];
    const OUTPUT: &[Demand] = &[Demand::new(GENERATION, OnSuccess), Demand::new(INVOKE_AGENT, Recommended)];
    let part = |key, note| int(key).non_negative().demand(RECOMMENDED_USAGE).doc(note, "25");
    vec![
        text(keys::GEN_AI_RESPONSE_ID).demand(RESPONSE).doc("The response's id.", "chatcmpl-123"),
        text(keys::GEN_AI_RESPONSE_MODEL).demand(MODEL).doc("The model that answered.", "gpt-4o-2024-08-06"),
        Attribute::new(keys::GEN_AI_RESPONSE_FINISH_REASONS, StringArray)
            .demand(REQUEST)
            .doc("Why generation stopped, one a choice.", r#"["stop"]"#),
        Attribute::new(keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, Double)
            .non_negative()
            .demand(RESPONSE)
            .doc("Seconds to the first chunk.", "0.5"),
        int(keys::GEN_AI_USAGE_INPUT_TOKENS).non_negative().demand(INPUT).doc("All input tokens, cached ones included.", "100"),
        int(keys::GEN_AI_USAGE_OUTPUT_TOKENS).non_negative().demand(OUTPUT).doc("All output tokens, reasoning included.", "180"),
        part(keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, "Input tokens read from a cache."),
        part(keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS, "Input tokens written to a cache."),
        part(keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS, "Output tokens of reasoning."),
    ]
}

fn agents_and_tools() -> Vec<Attribute> {
    const AGENTS: &[Demand] = &[Demand::new(AGENT, Conditional("if the application gives it"))];
    const AGENT_NAME: &[Demand] = &[Demand::new(AGENT.union(TOOL), Conditional("if the application gives it"))];
    const TOOL_NAME: &[Demand] = &[Demand::new(TOOL, Required)];
    const TOOLS: &[Demand] = &[Demand::new(TOOL, Recommended)];
    const WORKFLOWS: &[Demand] = &[Demand::new(WORKFLOW, Conditional("if it has a name of few values"))];
    vec![
        text("gen_ai.agent.id").demand(AGENTS).doc("The agent's id.", "asst_5j66"),
        text("gen_ai.agent.name").at_creation().demand(AGENT_NAME).doc("The agent's name.", "Math Tutor"),
        text("gen_ai.agent.description").demand(AGENTS).doc("What the agent is for.", "Helps with math"),
        text("gen_ai.agent.version").demand(AGENTS).doc("The agent's version.", "1.0.0"),
        text("gen_ai.tool.name").at_creation().demand(TOOL_NAME).doc("The tool's name.", "get_weather"),
        text("gen_ai.tool.call.id").demand(TOOLS).doc("The call's id.", "call_mszu"),
        text("gen_ai.tool.description").demand(TOOLS).doc("What the tool does.", "Multiply two numbers"),
        text("gen_ai.tool.type")
            .demand(TOOLS)
            .known(["function", "extension", "datastore"])
            .doc("What kind of tool it is.", "function"),
        text("gen_ai.workflow.name").at_creation().demand(WORKFLOWS).doc("The workflow's name.", "summarize"),
    ]
}

/// What may carry prompts and completions: only when the user asks for it.
fn content() -> Vec<Attribute> {
    const CONTENT: &[Demand] = &[Demand::new(OperationSet::ALL, OptIn)];
    let keys = [
        "gen_ai.system_instructions",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.tool.definitions",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "gen_ai.retrieval.documents",
    ];
    let query = text("gen_ai.retrieval.query.text").demand(CONTENT).doc("Content: what is searched for.", "a question");
    let any = keys.map(|key| Attribute::new(key, Any).demand(CONTENT).doc("Content; captured on request only.", "[]"));
    any.into_iter().chain([query]).collect()
}

type Deprecation = (Cow<'static, str>, Option<Cow<'static, str>>);

fn deprecated() -> Vec<Deprecation> {
    let renamed = [
        (keys::GEN_AI_SYSTEM, keys::GEN_AI_PROVIDER_NAME),
        ("gen_ai.usage.prompt_tokens", keys::GEN_AI_USAGE_INPUT_TOKENS),
        ("gen_ai.usage.completion_tokens", keys::GEN_AI_USAGE_OUTPUT_TOKENS),
        ("gen_ai.openai.request.seed", "gen_ai.request.seed"),
        ("gen_ai.openai.request.response_format", "gen_ai.output.type"),
    ];
    let gone = ["gen_ai.prompt", "gen_ai.completion"];
    let renamed = renamed.into_iter().map(|(old, new)| (key(old), Some(key(new))));
    renamed.chain(gone.into_iter().map(|old| (key(old), None))).collect()
}
