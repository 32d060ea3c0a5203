//! What serves: it answers questions, and asks a model for that.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::chat::{
        ChatCompletionRequestUserMessage, ChatCompletionResponseStream, ChatCompletionStreamOptions, CreateChatCompletionRequest,
        CreateChatCompletionResponse,
    },
};
use futures_util::TryStreamExt as _;
use llm_span::{llm_span, pipeline::Events};
use llm_span_examples::{endpoint::Endpoint, provider::Model};
use tracing::{Instrument as _, info_span};

const QUESTION: &str = "When does the next train leave for Lyon?";

pub(crate) struct Desk {
    endpoint: Endpoint,
    events: Events,
    under_way: Arc<AtomicU32>,
}

impl Desk {
    pub(crate) fn new(endpoint: Endpoint, events: Events) -> Self {
        Self { endpoint, events, under_way: Arc::default() }
    }

    /// For a gauge.
    pub(crate) fn questions_under_way(&self) -> impl Fn() -> f64 + Send + Sync + 'static {
        let under_way = Arc::clone(&self.under_way);
        move || under_way.load(Ordering::Relaxed).into()
    }

    /// A request of a user. Every second answer is streamed; of the embedded provider the third one fails.
    pub(crate) async fn answer(&self, number: u32) {
        let span = info_span!("GET /answer", otel.kind = "server", twinkle.component = "Gateway", number);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let words = async {
            let words = self.ask(number).await;
            match &words {
                Ok(words) => tracing::info!(words, "answered"),
                Err(error) => tracing::warn!(%error, "no answer"),
            }
            // A measurement of the program's own, told by itself and summed up.
            let words = words.unwrap_or_default();
            self.events.metric("answer_words", words, "words").attribute("desk", "travel").emit();
        };
        words.instrument(span).await;
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// The number of words of the answer.
    async fn ask(&self, number: u32) -> Result<u64, OpenAIError> {
        let Endpoint { client, model, embedded, .. } = &self.endpoint;
        let model = if number == 3 && embedded.is_some() { Model::Broken.name() } else { model };
        let text = if number.is_multiple_of(2) {
            let chunks: Vec<_> = stream(client, request(model)).await?.try_collect().await?;
            chunks.into_iter().flat_map(|chunk| chunk.choices).filter_map(|choice| choice.delta.content).collect::<String>()
        } else {
            let response = complete(client, request(model)).await?;
            response.choices.into_iter().filter_map(|choice| choice.message.content).collect()
        };
        Ok(text.split_whitespace().count() as u64)
    }
}

fn request(model: &str) -> CreateChatCompletionRequest {
    let messages = vec![ChatCompletionRequestUserMessage::from(QUESTION).into()];
    CreateChatCompletionRequest { model: model.to_owned(), messages, ..CreateChatCompletionRequest::default() }
}

#[llm_span(operation = "chat", provider = "openai", model = request.model, usage = openai, fields(twinkle.component = "Model"))]
async fn complete(
    client: &Client<OpenAIConfig>,
    request: CreateChatCompletionRequest,
) -> Result<CreateChatCompletionResponse, OpenAIError> {
    client.chat().create(request).await
}

#[llm_span(operation = "chat", provider = "openai", model = request.model, fields(twinkle.component = "Model"))]
async fn stream(
    client: &Client<OpenAIConfig>,
    mut request: CreateChatCompletionRequest,
) -> Result<ChatCompletionResponseStream, OpenAIError> {
    // Without it no stream of the OpenAI API tells its usage.
    request.stream_options = Some(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None });
    client.chat().create_stream(request).await
}
