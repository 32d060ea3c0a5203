//! Why a provider has not answered.

use std::{borrow::Cow, fmt};

use async_openai::error::OpenAIError;

/// Why there is no answer, or no more of it. Texts are the gateway's own: a provider's may have parts of prompts in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProviderError {
    /// The provider refused the request with that status: what the client asked for can't be had (400, 404, …), or not now (429).
    Refused { status: u16, code: Option<String> },
    /// The provider failed, with a status of the 500s or in the middle of a stream.
    Failed,
    /// The provider could not be reached, or the connection broke.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// The answer has more text than the gateway takes.
    TooLong,
}

impl ProviderError {
    /// What `error.type` says: a status, or a word. There are few of them: it is a label of metrics.
    pub(crate) fn kind(&self) -> Cow<'static, str> {
        match self {
            Self::Refused { status, .. } => status.to_string().into(),
            Self::Failed => "failed".into(),
            Self::Unreachable => "unreachable".into(),
            Self::TimedOut => "timeout".into(),
            Self::TooLong => "too_long".into(),
        }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, code: Some(code) } => write!(f, "the provider refused the request: {status}, {code}"),
            Self::Refused { status, code: None } => write!(f, "the provider refused the request: {status}"),
            Self::Failed => f.write_str("the provider failed"),
            Self::Unreachable => f.write_str("the provider could not be reached, or the connection to it broke"),
            Self::TimedOut => f.write_str("the provider took too long"),
            Self::TooLong => f.write_str("the answer is too long"),
        }
    }
}

impl std::error::Error for ProviderError {}

/// What the client tells besides is left behind: it holds what the provider has sent.
impl From<OpenAIError> for ProviderError {
    fn from(error: OpenAIError) -> Self {
        match error {
            OpenAIError::ApiError(refusal) if refusal.status_code.is_client_error() => {
                Self::Refused { status: refusal.status_code.as_u16(), code: refusal.api_error.code.filter(|code| is_sober(code)) }
            }
            // A connection that is not there in time was not made.
            OpenAIError::Reqwest(error) if error.is_timeout() && !error.is_connect() => Self::TimedOut,
            OpenAIError::Reqwest(error) if error.is_builder() => Self::Failed,
            OpenAIError::Reqwest(_) | OpenAIError::StreamError(_) => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

/// A name such as `model_not_found`, as the API has them; no sentence, which may quote a prompt, nor a key.
fn is_sober(code: &str) -> bool {
    (1..=64).contains(&code.len()) && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
