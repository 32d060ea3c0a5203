//! An agent with a tool: asks the model, runs what it calls, and asks again.

use async_openai::{
    error::OpenAIError,
    types::chat::{
        ChatCompletionMessageToolCall, ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
        ChatCompletionRequestToolMessage, ChatCompletionTool, ChatCompletionTools, FunctionObject,
    },
};
use llm_span::llm_span;
use serde_json::{Value, json};

use super::{
    mcp::{Repository, RepositoryError},
    models::{Models, user},
};

const TOOL: &str = "read_file";

#[derive(Debug)]
pub(super) struct Agent<'a> {
    pub(super) models: &'a Models,
    pub(super) repository: &'a Repository,
}

impl Agent<'_> {
    /// Answers a question. The agent carries the sum of its calls' tokens, which are counted once, by the calls.
    #[llm_span(operation = "invoke_agent", agent = "reader", usage = children)]
    pub(super) async fn answer(&self, model: &str, question: &str) -> Result<String, OpenAIError> {
        let mut messages = vec![user(question)];
        let first = self.models.complete(model, messages.clone(), Some(vec![offered()])).await?;
        let Some(choice) = first.choices.into_iter().next() else { return Ok(String::new()) };
        let calls = choice.message.tool_calls.unwrap_or_default();
        if calls.is_empty() {
            return Ok(choice.message.content.unwrap_or_default());
        }
        let repeated = ChatCompletionRequestAssistantMessage { tool_calls: Some(calls.clone()), ..Default::default() };
        messages.push(repeated.into());
        for call in calls {
            let ChatCompletionMessageToolCalls::Function(call) = call else { continue };
            // What went wrong the model should know as well.
            let result = self.execute(&call).await.unwrap_or_else(|error| error.to_string());
            messages.push(ChatCompletionRequestToolMessage { content: result.into(), tool_call_id: call.id }.into());
        }
        let second = self.models.complete(model, messages, None).await?;
        Ok(second.choices.into_iter().next().and_then(|choice| choice.message.content).unwrap_or_default())
    }

    #[llm_span(operation = "execute_tool", tool = call.function.name, tool_call_id = call.id, agent = "reader")]
    async fn execute(&self, call: &ChatCompletionMessageToolCall) -> Result<String, RepositoryError> {
        let arguments: Value = serde_json::from_str(&call.function.arguments).unwrap_or_default();
        let path = arguments["path"].as_str().ok_or(RepositoryError::NoPath)?;
        self.repository.call_tool(TOOL, path).await
    }
}

/// What the model is told of the tool.
fn offered() -> ChatCompletionTools {
    let parameters = json!({ "type": "object", "properties": { "path": { "type": "string" } }, "required": ["path"] });
    let function = FunctionObject {
        name: TOOL.to_owned(),
        description: Some("Reads a file of the repository.".to_owned()),
        parameters: Some(parameters),
        strict: None,
    };
    ChatCompletionTools::Function(ChatCompletionTool { function })
}
