//! The shape of Ollama's own API.

use serde_json::Value;

use super::{
    number::{Number, told},
    openai,
    text::text,
};
use crate::usage::{Report, Response, TokenKind, Usage};

pub(super) fn read(value: &Value) -> Report<'_> {
    if is_openai(value) {
        return openai::read(value);
    }
    let details = Response { model: text(&value["model"]), ..Response::default() };
    let details = match text(&value["done_reason"]) {
        Some(reason) => details.finish_reason_of(0, reason),
        None => details,
    };
    let usage = Number::of(&value["prompt_eval_count"]).record(Usage::default(), TokenKind::Prompt);
    Report::new(told(Number::of(&value["eval_count"]).record(usage, TokenKind::Completion)), details)
}

/// Whether a server with an API of its own has answered in OpenAI's: each of its answers names its kind, its events are named so.
pub(super) fn is_openai(value: &Value) -> bool {
    value["object"].is_string() || value["type"].as_str().is_some_and(|name| name.starts_with("response."))
}
