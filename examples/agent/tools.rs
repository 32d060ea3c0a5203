//! The tools that the model may call.

use std::{fmt, time::Duration};

use async_openai::types::chat::{ChatCompletionMessageToolCall, ChatCompletionTool, ChatCompletionTools, FunctionObject};
use llm_span::llm_span;
use serde_json::{Value, json};

/// What the model is told of them.
pub(crate) fn offered() -> Vec<ChatCompletionTools> {
    let tool = |name: &str, description: &str, argument: &str| {
        let parameters = json!({ "type": "object", "properties": { argument: { "type": "string" } }, "required": [argument] });
        let function = FunctionObject {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            parameters: Some(parameters),
            strict: None,
        };
        ChatCompletionTools::Function(ChatCompletionTool { function })
    };
    vec![
        tool("get_weather", "Today's weather in a city.", "city"),
        tool("next_train", "When the next train leaves for a city.", "to"),
    ]
}

/// Runs what the model calls. The conversation comes from the calls around it; what goes in and out is not recorded.
#[llm_span(
    operation = "execute_tool",
    tool = call.function.name,
    tool_call_id = call.id,
    tool_type = "function",
    agent = "guide"
)]
pub(crate) async fn execute(call: &ChatCompletionMessageToolCall) -> Result<String, ToolError> {
    let arguments: Value = serde_json::from_str(&call.function.arguments).map_err(|_| ToolError::Arguments)?;
    let text = |name: &str| arguments[name].as_str().ok_or(ToolError::Arguments);
    match call.function.name.as_str() {
        "get_weather" => weather(text("city")?).await,
        "next_train" => next_train(text("to")?).await,
        _ => Err(ToolError::Unknown),
    }
}

/// Stands for a request to a weather service.
async fn weather(city: &str) -> Result<String, ToolError> {
    tokio::time::sleep(Duration::from_millis(15)).await;
    Ok(format!("sunny and 18 degrees in {city}"))
}

/// Stands for a question to a timetable.
async fn next_train(to: &str) -> Result<String, ToolError> {
    tokio::time::sleep(Duration::from_millis(5)).await;
    Ok(format!("the next train for {to} leaves at 14:02"))
}

/// Why a tool has no result. Told to the model, which may call it again.
#[derive(Debug, PartialEq)]
pub(crate) enum ToolError {
    Arguments,
    Unknown,
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arguments => "error: the arguments are not as the tool's schema has them",
            Self::Unknown => "error: there is no such tool",
        })
    }
}

impl std::error::Error for ToolError {}
