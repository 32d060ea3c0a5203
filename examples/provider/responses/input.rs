//! The input of a response: a text, or items.

use serde_json::Value;

use crate::provider::{
    error::ApiError,
    reply::{Conversation, text},
};

/// Reads an input; the tools are still to be told.
pub(super) fn read(input: &Value) -> Result<Conversation<'static>, ApiError> {
    let mut conversation = Conversation { asked: String::new(), results: Vec::new(), tools: Vec::new() };
    let items = match input {
        Value::String(asked) => {
            conversation.asked.clone_from(asked);
            return Ok(conversation);
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => items,
        _ => return Err(ApiError::wrong("input", "a text or an array of items")),
    };
    let mut calls: Vec<&Value> = Vec::new();
    for item in items {
        match item["type"].as_str() {
            Some("function_call") => calls.push(&item["call_id"]),
            Some("function_call_output") => {
                let at = calls.iter().position(|call| call.is_string() && *call == &item["call_id"]);
                let at = at.ok_or_else(|| ApiError::wrong("input", "a `call_id` of a function call before its output"))?;
                calls.swap_remove(at);
                conversation.results.push(text(item.get("output")));
            }
            // A message may leave its type out.
            _ if item["role"] == "user" => {
                conversation.asked = text(item.get("content"));
                conversation.results.clear();
            }
            _ => {}
        }
    }
    if calls.is_empty() { Ok(conversation) } else { Err(ApiError::wrong("input", "an output for every function call")) }
}
