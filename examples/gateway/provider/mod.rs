//! Providers of models, behind one trait.

mod error;
mod instrumented;
mod openai;
mod usage;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

pub(crate) use error::ProviderError;
pub(crate) use instrumented::InstrumentedProvider;
pub(crate) use openai::OpenAi;

/// Who serves models.
#[async_trait]
pub(crate) trait Provider: Send + Sync {
    /// As the GenAI conventions spell it: `openai`.
    fn name(&self) -> &str;

    /// An answer at once.
    async fn generate(&self, request: GenerateRequest) -> Result<Generated, ProviderError>;

    /// An answer in chunks. Its provider is told to stop when the stream is dropped.
    async fn generate_stream(&self, request: GenerateRequest) -> Result<GeneratedStream, ProviderError>;
}

pub(crate) type GeneratedStream = BoxStream<'static, Result<Chunk, ProviderError>>;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct GenerateRequest {
    pub(crate) model: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) temperature: Option<f32>,
    pub(crate) top_p: Option<f32>,
    pub(crate) max_tokens: Option<u32>,
}

/// Something said in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) role: Role,
    pub(crate) content: String,
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    System,
    Developer,
    User,
    Assistant,
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::System, Self::Developer, Self::User, Self::Assistant];

    /// As the OpenAI API spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generated {
    pub(crate) id: String,
    /// The model that answered.
    pub(crate) model: String,
    pub(crate) text: String,
    pub(crate) finish_reason: Option<String>,
    pub(crate) usage: Option<TokenUsage>,
}

/// A part of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) text: String,
    pub(crate) finish_reason: Option<String>,
    /// Of the whole answer; with the last chunk.
    pub(crate) usage: Option<TokenUsage>,
}

/// What an answer took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TokenUsage {
    pub(crate) input_tokens: u32,
    pub(crate) output_tokens: u32,
}

#[cfg(test)]
mod tests;
