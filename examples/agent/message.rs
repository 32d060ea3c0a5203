//! A message put together from the chunks of a stream.

use async_openai::{
    error::OpenAIError,
    types::chat::{
        ChatCompletionMessageToolCall, ChatCompletionMessageToolCallChunk, ChatCompletionRequestAssistantMessage,
        ChatCompletionRequestMessage, ChatCompletionResponseStream,
    },
};
use futures_util::StreamExt as _;

/// A text, or calls of tools.
#[derive(Default)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) calls: Vec<ChatCompletionMessageToolCall>,
}

impl Message {
    /// Reads a stream to its end; `hear` is told the words as they come.
    pub(crate) async fn read(mut stream: ChatCompletionResponseStream, hear: &mut impl FnMut(&str)) -> Result<Self, OpenAIError> {
        let mut message = Self::default();
        while let Some(chunk) = stream.next().await {
            for choice in chunk?.choices {
                if let Some(text) = choice.delta.content {
                    hear(&text);
                    message.text.push_str(&text);
                }
                choice.delta.tool_calls.into_iter().flatten().for_each(|piece| message.add(piece));
            }
        }
        Ok(message)
    }

    /// The first piece of a call has its id and its name, each piece some of its arguments.
    fn add(&mut self, piece: ChatCompletionMessageToolCallChunk) {
        let index = piece.index as usize;
        if index == self.calls.len() {
            self.calls.push(ChatCompletionMessageToolCall::default());
        }
        let Some(call) = self.calls.get_mut(index) else { return };
        let function = piece.function.unwrap_or_default();
        call.id.push_str(&piece.id.unwrap_or_default());
        call.function.name.push_str(&function.name.unwrap_or_default());
        call.function.arguments.push_str(&function.arguments.unwrap_or_default());
    }

    /// The message as the next turn repeats it.
    pub(crate) fn to_request(&self) -> ChatCompletionRequestMessage {
        let tool_calls = self.calls.iter().cloned().map(Into::into).collect();
        ChatCompletionRequestAssistantMessage { tool_calls: Some(tool_calls), ..Default::default() }.into()
    }
}
