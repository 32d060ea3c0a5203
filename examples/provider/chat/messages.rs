//! The messages of a chat, and what is wrong with them.

use serde_json::Value;

use crate::provider::{
    error::ApiError,
    reply::{Conversation, text},
};

const ROLES: [&str; 6] = ["developer", "system", "user", "assistant", "tool", "function"];

/// Reads messages; the tools are still to be told.
pub(super) fn read(messages: &Value) -> Result<Conversation<'static>, ApiError> {
    let messages = messages.as_array().filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| ApiError::wrong("messages", "an array of at least one message"))?;
    let known = |message: &Value| message.get("role").and_then(Value::as_str).is_some_and(|role| ROLES.contains(&role));
    // An assistant's message may hold tool calls in place of content.
    let told = |message: &Value| match message.get("content") {
        Some(content) => content.is_string() || content.is_array() || content.is_null(),
        None => message.get("tool_calls").is_some(),
    };
    if !messages.iter().all(|message| known(message) && told(message)) {
        return Err(ApiError::wrong("messages", "objects with a known `role` and a `content`"));
    }
    check_calls(messages)?;
    let mut conversation = Conversation { asked: String::new(), results: Vec::new(), tools: Vec::new() };
    for message in messages {
        match message["role"].as_str() {
            Some("user") => {
                conversation.asked = text(message.get("content"));
                conversation.results.clear();
            }
            Some("tool") => conversation.results.push(text(message.get("content"))),
            _ => {}
        }
    }
    Ok(conversation)
}

/// Every call of a tool is answered by a message that names its id, and nothing else is.
fn check_calls(messages: &[Value]) -> Result<(), ApiError> {
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str();
            let at = open.iter().position(|open| Some(*open) == id);
            let at = at.ok_or_else(|| ApiError::wrong("messages", "a `tool_call_id` of a call that is not answered yet"))?;
            open.swap_remove(at);
        } else if open.is_empty() {
            let calls = message["tool_calls"].as_array().into_iter().flatten();
            open.extend(calls.filter_map(|call| call["id"].as_str()));
        } else {
            break;
        }
    }
    if open.is_empty() { Ok(()) } else { Err(ApiError::wrong("messages", "a message of role `tool` for every tool call")) }
}
