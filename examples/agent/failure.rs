//! What is to be known of a failure.

use async_openai::error::OpenAIError;

/// What `error.type` says: the status that the provider has answered with, or a word. Texts of errors may hold what was asked.
pub(crate) fn kind(error: &OpenAIError) -> &str {
    match error {
        OpenAIError::ApiError(error) => error.status_code.as_str(),
        OpenAIError::Reqwest(_) => "connection",
        OpenAIError::StreamError(_) => "stream",
        OpenAIError::JSONDeserialize(..) => "unreadable",
        _ => "_OTHER",
    }
}

/// Whether a further attempt may succeed.
pub(crate) fn may_pass(error: &OpenAIError) -> bool {
    match error {
        // An exhausted quota has the status of a rate limit, and stays.
        OpenAIError::ApiError(error) if error.api_error.code.as_deref() == Some("insufficient_quota") => false,
        OpenAIError::ApiError(error) => error.status_code.as_u16() == 429 || error.status_code.is_server_error(),
        OpenAIError::Reqwest(error) => error.is_connect(),
        _ => false,
    }
}
