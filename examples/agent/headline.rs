//! A headline for an answer: one call to whoever asks, of several attempts, each of two phases.

use std::time::Duration;

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequest, CreateChatCompletionResponse},
};
use llm_span::{Report, inference, llm_span, response_parse};

use crate::failure;

/// How long to wait before each further attempt.
const PAUSES: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(100), Duration::from_millis(500)];

pub(crate) struct Headlines {
    pub(crate) client: Client<OpenAIConfig>,
    pub(crate) model: String,
}

/// What is made of a response. It keeps the response, which knows its usage.
pub(crate) struct Headline {
    pub(crate) text: String,
    response: CreateChatCompletionResponse,
}

// Without `name` these are exported as `llm.completion`, with their phases below them: the tree of the AMTP document.
#[llm_span(provider = "openai", model = self.model, usage = |headline| Report::of(&headline.response), error_type = failure::kind)]
impl Headlines {
    /// The call. What its last attempt has used is counted once.
    #[llm_span(operation = "chat")]
    pub(crate) async fn write(&self, answer: &str) -> Result<Headline, OpenAIError> {
        for pause in PAUSES {
            match self.attempt(answer).await {
                Err(error) if failure::may_pass(&error) => tokio::time::sleep(pause).await,
                told => return told,
            }
        }
        self.attempt(answer).await
    }

    #[llm_span(operation = "chat")]
    pub(crate) async fn attempt(&self, answer: &str) -> Result<Headline, OpenAIError> {
        let message = ChatCompletionRequestUserMessage::from(format!("Write a headline of six words: {answer}"));
        let (model, messages) = (self.model.clone(), vec![message.into()]);
        let request = CreateChatCompletionRequest { model, messages, ..CreateChatCompletionRequest::default() };
        let response = inference(self.client.chat().create(request)).await?;
        Ok(response_parse(|| Headline::parse(response)))
    }
}

impl Headline {
    /// The first six words, whatever the model has made of the wish.
    fn parse(response: CreateChatCompletionResponse) -> Self {
        let said = response.choices.first().and_then(|choice| choice.message.content.as_deref()).unwrap_or_default();
        let text = said.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        Self { text, response }
    }
}
