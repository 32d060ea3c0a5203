//! The fields that every annotated function declares, in one fixed order.
//!
//! The macro gives [`FIELDS`] to each callsite (a user's extra fields come after it); the run time of annotated functions
//! sets values by [`Field`] position: no key is compared as a string on the way of a call.

use crate::keys;

macro_rules! fields {
    ($($field:ident = $key:expr,)*) => {
        /// A position in [`FIELDS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Field {
            $(#[doc = concat!("`keys::", stringify!($key), "`")] $field,)*
        }

        /// The fields of an annotated call, in order.
        pub const FIELDS: [&str; [$(Field::$field),*].len()] = [$($key),*];
    };
}

fields! {
    Provider = keys::LLM_PROVIDER,
    Model = keys::LLM_MODEL,
    RequestType = keys::LLM_REQUEST_TYPE,
    System = keys::GEN_AI_SYSTEM,
    RequestModel = keys::GEN_AI_REQUEST_MODEL,
    OperationName = keys::GEN_AI_OPERATION_NAME,
    ProviderName = keys::GEN_AI_PROVIDER_NAME,
    OtelName = keys::OTEL_NAME,
    OtelKind = keys::OTEL_KIND,
    TokensPrompt = keys::LLM_TOKENS_PROMPT,
    TokensCompletion = keys::LLM_TOKENS_COMPLETION,
    TokensTotal = keys::LLM_TOKENS_TOTAL,
    InputTokens = keys::GEN_AI_USAGE_INPUT_TOKENS,
    OutputTokens = keys::GEN_AI_USAGE_OUTPUT_TOKENS,
    CacheReadTokens = keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    CacheCreationTokens = keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
    CacheWriteTokens = keys::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS,
    ReasoningTokens = keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    ResponseModel = keys::GEN_AI_RESPONSE_MODEL,
    ResponseId = keys::GEN_AI_RESPONSE_ID,
    FinishReasons = keys::GEN_AI_RESPONSE_FINISH_REASONS,
    Outcome = keys::LLM_OUTCOME,
    ErrorType = keys::ERROR_TYPE,
    OtelStatusCode = keys::OTEL_STATUS_CODE,
    ConversationId = keys::GEN_AI_CONVERSATION_ID,
    SessionId = keys::SESSION_ID,
    UserId = keys::USER_ID,
    AudioInputTokens = keys::GEN_AI_USAGE_AUDIO_INPUT_TOKENS,
    AudioOutputTokens = keys::GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS,
    UsageEstimated = keys::LLM_USAGE_ESTIMATED,
    UsageInvalid = keys::LLM_USAGE_INVALID,
    RequestStream = keys::GEN_AI_REQUEST_STREAM,
    StreamChunks = keys::LLM_STREAM_CHUNKS,
    TimeToFirstChunk = keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
    Cost = keys::LLM_COST_USD,
}

/// How many fields of the user's own an annotated function may declare.
pub const MAX_EXTRA_FIELDS: usize = 40;

/// Whether the macro stamps `key` itself, so that a user's field of that name would be exported twice.
pub fn is_stamped(key: &str) -> bool {
    FIELDS.contains(&key)
}
