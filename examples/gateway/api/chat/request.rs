//! What is asked of a chat.

use serde_json::{Value, json};

use crate::{
    api::{
        body::{Fields, wrong},
        error::ApiError,
        messages::{self, Style},
    },
    provider::{GenerateRequest, Message},
};

/// They change nothing of the answer's text, or nothing that could be relied on (`seed`). All other fields that the gateway does not
/// serve, and those that it does not know, are refused: an answer without the tools that were asked for would be a wrong one.
const HARMLESS: [&str; 10] = [
    "metadata",
    "parallel_tool_calls",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "seed",
    "service_tier",
    "store",
    "user",
];

const STYLE: Style = Style { parts: &["text"], may_be_silent: true };

pub(super) struct Asked {
    pub(super) generate: GenerateRequest,
    pub(super) stream: bool,
    /// Whether a stream is to tell its usage.
    pub(super) include_usage: bool,
}

impl Asked {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let model = fields.model()?;
        let messages = match fields.required("messages")? {
            Value::Array(list) if list.is_empty() => {
                return Err(ApiError::invalid("messages", "`messages` is empty, expected at least one message"));
            }
            Value::Array(list) => list.into_iter().enumerate().map(message).collect::<Result<_, _>>()?,
            other => return Err(wrong("messages", "an array of messages", &other)),
        };
        let [temperature, top_p] = fields.sampling()?.map(|number| number.map(messages::narrow));
        let max_completion_tokens = fields.count("max_completion_tokens")?;
        let max_tokens = fields.count("max_tokens")?;
        let asked = Self {
            generate: GenerateRequest {
                model,
                messages,
                temperature,
                top_p,
                // The one has taken the other's place.
                max_tokens: max_completion_tokens.or(max_tokens),
            },
            stream: fields.flag("stream")?.unwrap_or_default(),
            include_usage: include_usage(&mut fields)?,
        };
        // None or several are no answer; `end` would take the 0 for nothing that is asked.
        if fields.count("n")?.is_some_and(|choices| choices > 1) {
            let message = "the gateway serves one choice for each request; leave `n` out";
            return Err(ApiError::invalid("n", message).code("unsupported_parameter"));
        }
        let neutral = [
            ("modalities", json!(["text"])),
            ("response_format", json!({ "type": "text" })),
            ("tool_choice", json!("auto")),
            ("tool_choice", json!("none")),
        ];
        fields.end(&HARMLESS, &neutral)?;
        Ok(asked)
    }
}

fn message((at, message): (usize, Value)) -> Result<Message, ApiError> {
    let mut fields = Fields::of(message, format!("messages[{at}]"))?;
    let message = messages::read(&mut fields, &STYLE)?;
    // An answer that is sent back as it came has `annotations`.
    fields.end(&["annotations", "name"], &[])?;
    Ok(message)
}

fn include_usage(fields: &mut Fields) -> Result<bool, ApiError> {
    let Some(options) = fields.take("stream_options") else { return Ok(false) };
    let mut options = Fields::of(options, "stream_options".into())?;
    let include_usage = options.flag("include_usage")?.unwrap_or_default();
    options.end(&["include_obfuscation"], &[])?;
    Ok(include_usage)
}
