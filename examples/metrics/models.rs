//! The calls of models: the functions that you have, annotated.

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::{
        chat::{
            ChatCompletionRequestMessage, ChatCompletionRequestUserMessage, ChatCompletionResponseStream,
            ChatCompletionStreamOptions, ChatCompletionTools, CreateChatCompletionRequest, CreateChatCompletionResponse,
        },
        embeddings::{CreateEmbeddingRequest, CreateEmbeddingResponse},
    },
};
use llm_span::llm_span;

/// Who serves the models: a label of nearly every metric.
pub(super) const PROVIDER: &str = "openai";

#[derive(Debug)]
pub(super) struct Models {
    pub(super) client: Client<OpenAIConfig>,
}

// A response of this client tells its usage by itself.
#[llm_span(provider = PROVIDER, model = model, error_type = kind)]
impl Models {
    /// A whole answer. The model may call the tools.
    #[llm_span(operation = "chat")]
    pub(super) async fn complete(
        &self,
        model: &str,
        messages: Vec<ChatCompletionRequestMessage>,
        tools: Option<Vec<ChatCompletionTools>>,
    ) -> Result<CreateChatCompletionResponse, OpenAIError> {
        let request = CreateChatCompletionRequest { model: model.to_owned(), messages, tools, ..Default::default() };
        self.client.chat().create(request).await
    }

    /// An answer as it is written. The call lasts until the stream has ended or is dropped.
    #[llm_span(operation = "chat")]
    pub(super) async fn stream(
        &self,
        model: &str,
        messages: Vec<ChatCompletionRequestMessage>,
    ) -> Result<ChatCompletionResponseStream, OpenAIError> {
        // Without it no stream tells its tokens, and none are counted.
        let stream_options = ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None };
        let stream_options = Some(stream_options);
        let request = CreateChatCompletionRequest { model: model.to_owned(), messages, stream_options, ..Default::default() };
        self.client.chat().create_stream(request).await
    }

    #[llm_span(operation = "embeddings")]
    pub(super) async fn embed(&self, model: &str, text: &str) -> Result<CreateEmbeddingResponse, OpenAIError> {
        let request = CreateEmbeddingRequest { model: model.to_owned(), input: text.into(), ..Default::default() };
        self.client.embeddings().create(request).await
    }
}

pub(super) fn user(text: &str) -> ChatCompletionRequestMessage {
    ChatCompletionRequestUserMessage::from(text).into()
}

/// What `error.type` says: the status that the provider has answered with, or a word.
fn kind(error: &OpenAIError) -> &str {
    match error {
        OpenAIError::ApiError(error) => error.status_code.as_str(),
        OpenAIError::Reqwest(_) => "connection",
        OpenAIError::StreamError(_) => "stream",
        OpenAIError::JSONDeserialize(..) => "unreadable",
        _ => "_OTHER",
    }
}
