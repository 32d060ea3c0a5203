//! What is said in a conversation, as both APIs tell it: a role, and a text or parts of one.

use serde_json::Value;

use super::{
    body::{Fields, wrong},
    error::ApiError,
};
use crate::provider::{Message, Role};

/// How an API has messages.
pub(super) struct Style {
    /// The types of parts that are texts.
    pub(super) parts: &'static [&'static str],
    /// Whether the assistant may have said nothing.
    pub(super) may_be_silent: bool,
}

/// Reads a message, less the fields that only one API knows.
pub(super) fn read(fields: &mut Fields, style: &Style) -> Result<Message, ApiError> {
    let role = role(fields)?;
    let name = fields.name("content");
    if role == Role::Assistant && style.may_be_silent && !fields.has("content") {
        return Ok(Message { role, content: String::new() });
    }
    let content = match fields.required("content")? {
        Value::String(text) => text,
        Value::Array(list) => joined(list, &name, style.parts)?,
        other => return Err(wrong(&name, "a string or an array of parts", &other)),
    };
    Ok(Message { role, content })
}

fn role(fields: &mut Fields) -> Result<Role, ApiError> {
    let name = fields.name("role");
    let expected = "`system`, `developer`, `user` or `assistant`";
    match fields.required("role")? {
        Value::String(role) => {
            match role.as_str() {
                "system" => Ok(Role::System),
                "developer" => Ok(Role::Developer),
                "user" => Ok(Role::User),
                "assistant" => Ok(Role::Assistant),
                _ => Err(ApiError::invalid(name, format!("the gateway does not serve this role, only {expected}"))
                    .code("invalid_value")),
            }
        }
        other => Err(wrong(&name, expected, &other)),
    }
}

/// Parts are told apart by a line break, the nearest to it in one text.
fn joined(list: Vec<Value>, name: &str, parts: &[&str]) -> Result<String, ApiError> {
    if list.is_empty() {
        return Err(ApiError::invalid(name, format!("`{name}` is empty, expected at least one part")));
    }
    let texts = list.into_iter().enumerate().map(|(at, part)| text(part, format!("{name}[{at}]"), parts));
    Ok(texts.collect::<Result<Vec<_>, _>>()?.join("\n"))
}

fn text(part: Value, path: String, parts: &[&str]) -> Result<String, ApiError> {
    let mut fields = Fields::of(part, path)?;
    let name = fields.name("type");
    let kind = fields.text("type")?.unwrap_or_default();
    if !parts.contains(&kind.as_str()) {
        let message = format!("the gateway serves texts only: expected a part of type `{}`", parts.join("` or `"));
        return Err(ApiError::invalid(name, message).code("unsupported_content"));
    }
    let name = fields.name("text");
    match fields.required("text")? {
        Value::String(text) => {
            // Sources of an answer's text, sent back with it.
            fields.end(&["annotations", "logprobs"], &[])?;
            Ok(text)
        }
        other => Err(wrong(&name, "a string", &other)),
    }
}

/// As the provider takes it: the digits that this leaves out, no model heeds.
#[expect(clippy::cast_possible_truncation, reason = "its range is checked, and its last digits mean nothing")]
pub(super) fn narrow(number: f64) -> f32 {
    number as f32
}
