//! The attribute keys of the built-in contracts, and the fields that steer the export.
//!
//! `llm.provider` … `llm.tokens.total` are the AMTP contract's, `gen_ai.*`, `error.type` and `server.*` the OpenTelemetry semantic
//! conventions' (v1.41.1 where nothing else is said), `otel.*` what `tracing-opentelemetry` reads, `llm.outcome` this crate's own.

/// AMTP: who serves the model.
pub const LLM_PROVIDER: &str = "llm.provider";
/// AMTP: the model asked for.
pub const LLM_MODEL: &str = "llm.model";
/// AMTP: chat, completion, embedding, rerank.
pub const LLM_REQUEST_TYPE: &str = "llm.request.type";
/// AMTP: tokens of the prompt.
pub const LLM_TOKENS_PROMPT: &str = "llm.tokens.prompt";
/// AMTP: tokens of the completion.
pub const LLM_TOKENS_COMPLETION: &str = "llm.tokens.completion";
/// AMTP: their sum.
pub const LLM_TOKENS_TOTAL: &str = "llm.tokens.total";
/// How the call ended; see [`Outcome`](crate::Outcome).
pub const LLM_OUTCOME: &str = "llm.outcome";
/// Whether a count was estimated, as the provider sent none.
pub const LLM_USAGE_ESTIMATED: &str = "llm.usage.estimated";
/// Which counts the provider sent in a form that is no count, and what was wrong with them.
pub const LLM_USAGE_INVALID: &str = "llm.usage.invalid";
/// How many chunks a stream has yielded.
pub const LLM_STREAM_CHUNKS: &str = "llm.stream.chunks";
/// What the call cost, in US dollars, by the user's own price table.
pub const LLM_COST_USD: &str = "llm.cost.usd";

/// Who serves the model, older spelling.
pub const GEN_AI_SYSTEM: &str = "gen_ai.system";
/// Who serves the model.
pub const GEN_AI_PROVIDER_NAME: &str = "gen_ai.provider.name";
/// What is done; see [`Operation`](crate::Operation).
pub const GEN_AI_OPERATION_NAME: &str = "gen_ai.operation.name";
/// The model asked for.
pub const GEN_AI_REQUEST_MODEL: &str = "gen_ai.request.model";
/// The model that answered.
pub const GEN_AI_RESPONSE_MODEL: &str = "gen_ai.response.model";
/// The response's id.
pub const GEN_AI_RESPONSE_ID: &str = "gen_ai.response.id";
/// Why generation stopped, one a choice.
pub const GEN_AI_RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// All input tokens, cached ones included.
pub const GEN_AI_USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// All output tokens, reasoning included.
pub const GEN_AI_USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// Input tokens read from a cache, a part of the input.
pub const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// Input tokens written to a cache, a part of the input; the name up to v1.41.1.
pub const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
/// Input tokens written to a cache, a part of the input; the name since.
pub const GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";
/// Output tokens of reasoning, a part of the output.
pub const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// Audio among the input tokens; since semantic-conventions-genai of October 2026.
pub const GEN_AI_USAGE_AUDIO_INPUT_TOKENS: &str = "gen_ai.usage.audio.input_tokens";
/// Audio among the output tokens; since semantic-conventions-genai of October 2026.
pub const GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS: &str = "gen_ai.usage.audio.output_tokens";
/// Whether the response is streamed.
pub const GEN_AI_REQUEST_STREAM: &str = "gen_ai.request.stream";
/// Seconds from the request to the first chunk of a streamed response.
pub const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
/// The conversation that a span belongs to.
pub const GEN_AI_CONVERSATION_ID: &str = "gen_ai.conversation.id";
/// The user's session; OpenTelemetry's session attributes.
pub const SESSION_ID: &str = "session.id";
/// The user; OpenTelemetry's user attributes.
pub const USER_ID: &str = "user.id";

/// Which kind of error ended the call.
pub const ERROR_TYPE: &str = "error.type";
/// The provider's host.
pub const SERVER_ADDRESS: &str = "server.address";
/// The provider's port.
pub const SERVER_PORT: &str = "server.port";

/// The exported span's name, where it is not the callsite's.
pub const OTEL_NAME: &str = "otel.name";
/// The exported span's kind.
pub const OTEL_KIND: &str = "otel.kind";
/// The exported span's status: `OK` or `ERROR`.
pub const OTEL_STATUS_CODE: &str = "otel.status_code";
