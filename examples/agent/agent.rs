//! The agent: asks the model, runs the tools that it calls, and asks again.

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::chat::{
        ChatCompletionRequestMessage, ChatCompletionRequestToolMessage, ChatCompletionRequestUserMessage,
        ChatCompletionResponseStream, ChatCompletionStreamOptions, ChatCompletionTools, CreateChatCompletionRequest,
    },
};
use llm_span::llm_span;

use crate::{failure, message::Message, tools};

/// How often the model may be asked before it is taken at its word.
const TURNS: usize = 4;

pub(crate) struct Agent {
    pub(crate) client: Client<OpenAIConfig>,
    pub(crate) model: String,
}

// Said once for all calls of the block; each takes what fits its operation. They are exported by the names of the conventions:
// `invoke_agent guide`, `chat gpt-4o`.
#[llm_span(provider = "openai", model = self.model, name = conventional, error_type = failure::kind)]
impl Agent {
    /// Answers a question; `hear` is told the words as they come.
    #[llm_span(operation = "invoke_agent", agent = "guide", usage = children)]
    pub(crate) async fn answer(&self, question: &str, mut hear: impl FnMut(&str)) -> Result<String, OpenAIError> {
        let mut messages = vec![ChatCompletionRequestUserMessage::from(question).into()];
        for _ in 1..TURNS {
            let message = Message::read(self.chat(&messages, Some(tools::offered())).await?, &mut hear).await?;
            if message.calls.is_empty() {
                return Ok(message.text);
            }
            messages.push(message.to_request());
            for call in &message.calls {
                // What went wrong the model should know as well.
                let result = tools::execute(call).await.unwrap_or_else(|error| error.to_string());
                let answer = ChatCompletionRequestToolMessage { content: result.into(), tool_call_id: call.id.clone() };
                messages.push(answer.into());
            }
        }
        let message = Message::read(self.chat(&messages, None).await?, &mut hear).await?;
        Ok(message.text)
    }

    /// Suggestions of what to ask next, to be shown while they come.
    pub(crate) async fn suggest(&self, question: &str) -> Result<ChatCompletionResponseStream, OpenAIError> {
        self.chat(&[ChatCompletionRequestUserMessage::from(format!("What could follow on: {question}")).into()], None).await
    }

    /// One turn. The call lasts until the stream has ended or is dropped.
    #[llm_span(operation = "chat")]
    async fn chat(
        &self,
        messages: &[ChatCompletionRequestMessage],
        tools: Option<Vec<ChatCompletionTools>>,
    ) -> Result<ChatCompletionResponseStream, OpenAIError> {
        let request = CreateChatCompletionRequest {
            model: self.model.clone(),
            messages: messages.to_vec(),
            tools,
            // Without it no stream of the OpenAI API tells its usage, and every call is a finding.
            stream_options: Some(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None }),
            ..CreateChatCompletionRequest::default()
        };
        self.client.chat().create_stream(request).await
    }
}
