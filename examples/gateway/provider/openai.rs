//! A provider that speaks the OpenAI API.

use async_openai::{
    Client,
    config::OpenAIConfig,
    types::chat::{
        ChatCompletionRequestAssistantMessage, ChatCompletionRequestDeveloperMessage, ChatCompletionRequestMessage,
        ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage, ChatCompletionResponseStream,
        ChatCompletionStreamOptions, CompletionUsage, CreateChatCompletionRequest, CreateChatCompletionResponse,
        CreateChatCompletionStreamResponse, FinishReason,
    },
};
use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};

use super::{Chunk, GenerateRequest, Generated, GeneratedStream, Message, Provider, ProviderError, Role, TokenUsage};

/// A provider that speaks the OpenAI API.
///
/// Give it a client that sends each request once, with the trace that it belongs to: `Endpoint::with_trace_context`. Left to itself a
/// client tries again, and nobody sees the attempts. Its log is to be switched off (`async_openai=off`): it has in it what the provider sends.
pub(crate) struct OpenAi {
    client: Client<OpenAIConfig>,
}

impl OpenAi {
    pub(crate) fn new(client: Client<OpenAIConfig>) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Provider for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    async fn generate(&self, request: GenerateRequest) -> Result<Generated, ProviderError> {
        let response = self.client.chat().create(asked(request)).await?;
        generated(response).ok_or(ProviderError::Failed)
    }

    async fn generate_stream(&self, request: GenerateRequest) -> Result<GeneratedStream, ProviderError> {
        // Without it no stream tells its tokens.
        let stream_options = Some(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None });
        let request = CreateChatCompletionRequest { stream_options, ..asked(request) };
        let events = self.client.chat().create_stream(request).await?;
        let answer = Answer { events: Some(events), is_whole: false };
        Ok(stream::unfold(answer, async |mut answer| Some((answer.next().await?, answer))).boxed())
    }
}

/// An answer that is being read. Dropped, it closes the connection, and the provider stops.
struct Answer {
    /// None once it has ended.
    events: Option<ChatCompletionResponseStream>,
    /// Whether the model has said why it stopped.
    is_whole: bool,
}

impl Answer {
    async fn next(&mut self) -> Option<Result<Chunk, ProviderError>> {
        let chunk = match self.events.as_mut()?.next().await {
            Some(Ok(event)) => Ok(chunk(event)),
            Some(Err(error)) => Err(error.into()),
            None if self.is_whole => return None,
            // A connection that is closed between two events looks like an end.
            None => Err(ProviderError::Unreachable),
        };
        match &chunk {
            Ok(chunk) => self.is_whole |= chunk.finish_reason.is_some(),
            // Nothing that follows is an answer.
            Err(_) => self.events = None,
        }
        Some(chunk)
    }
}

fn asked(request: GenerateRequest) -> CreateChatCompletionRequest {
    let GenerateRequest { model, messages, temperature, top_p, max_tokens } = request;
    CreateChatCompletionRequest {
        model,
        messages: messages.into_iter().map(said).collect(),
        temperature,
        top_p,
        // The older `max_tokens` is refused by models that reason.
        max_completion_tokens: max_tokens,
        ..CreateChatCompletionRequest::default()
    }
}

fn said(Message { role, content }: Message) -> ChatCompletionRequestMessage {
    match role {
        Role::System => ChatCompletionRequestSystemMessage::from(content).into(),
        Role::Developer => ChatCompletionRequestDeveloperMessage::from(content).into(),
        Role::User => ChatCompletionRequestUserMessage::from(content).into(),
        Role::Assistant => ChatCompletionRequestAssistantMessage::from(content).into(),
    }
}

/// `None` of an answer that says nothing.
fn generated(response: CreateChatCompletionResponse) -> Option<Generated> {
    let CreateChatCompletionResponse { id, model, choices, usage, .. } = response;
    let choice = choices.into_iter().next()?;
    // Why a model refuses is what it answers.
    let text = choice.message.content.or(choice.message.refusal).unwrap_or_default();
    Some(Generated { id, model, text, finish_reason: choice.finish_reason.map(reason), usage: usage.as_ref().map(counted) })
}

/// The usage stands on an event without choices.
fn chunk(event: CreateChatCompletionStreamResponse) -> Chunk {
    let CreateChatCompletionStreamResponse { id, model, choices, usage, .. } = event;
    let choice = choices.into_iter().next();
    let finish_reason = choice.as_ref().and_then(|choice| choice.finish_reason).map(reason);
    let text = choice.and_then(|choice| choice.delta.content.or(choice.delta.refusal)).unwrap_or_default();
    let told = |text: String| Some(text).filter(|text| !text.is_empty());
    Chunk { id: told(id), model: told(model), text, finish_reason, usage: usage.as_ref().map(counted) }
}

fn counted(usage: &CompletionUsage) -> TokenUsage {
    TokenUsage { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens }
}

fn reason(reason: FinishReason) -> String {
    let reason = match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::FunctionCall => "function_call",
    };
    reason.to_owned()
}
