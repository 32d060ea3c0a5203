//! The shape of Text Generation Inference's own API.

use serde_json::Value;

use super::{
    number::{Number, told},
    ollama::is_openai,
    openai,
    text::text,
};
use crate::usage::{Report, Response, TokenKind, Usage};

pub(super) fn read(value: &Value) -> Report<'_> {
    // The root path answers with a list of one.
    let value = if value.is_array() { &value[0] } else { value };
    if is_openai(value) {
        return openai::read(value);
    }
    let details = &value["details"];
    let reason = text(&details["finish_reason"]);
    let response = reason.map_or_else(Response::default, |reason| Response::default().finish_reason_of(0, reason));
    let usage = Number::of(&details["input_length"]).or(prefilled(details)).record(Usage::default(), TokenKind::Prompt);
    Report::new(told(Number::of(&details["generated_tokens"]).record(usage, TokenKind::Completion)), response)
}

/// The tokens of the input, listed one by one where they were asked for.
fn prefilled(details: &Value) -> Number {
    let tokens = details["prefill"].as_array().filter(|tokens| !tokens.is_empty());
    tokens.map_or_else(Number::default, |tokens| Number::of(&Value::from(tokens.len())))
}
