//! What is asked of a response.

use serde_json::{Map, Value, json};

use super::shown::Echo;
use crate::{
    api::{
        body::{Fields, out_of_range, wrong},
        error::ApiError,
        messages::{self, Style},
    },
    provider::{Message, Role},
};

/// They change nothing of the answer's text. All other fields that the gateway does not serve, and those that it does not know, are
/// refused: an answer without the tools that were asked for would be a wrong one.
const HARMLESS: [&str; 7] = [
    "parallel_tool_calls",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "stream_options",
    "user",
];

const STYLE: Style = Style { parts: &["input_text", "output_text"], may_be_silent: false };

pub(super) struct Asked {
    pub(super) model: String,
    pub(super) input: Vec<Message>,
    pub(super) previous_response_id: Option<String>,
    pub(super) way: Way,
    pub(super) echo: Echo,
}

/// How the answer is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Whole,
    Streamed,
    /// Later: it is asked for by its id.
    Background,
}

impl Asked {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let model = fields.model()?;
        let input = input(&mut fields)?;
        let previous_response_id = fields.text("previous_response_id")?;
        let [temperature, top_p] = fields.sampling()?;
        let echo = Echo {
            instructions: fields.text("instructions")?,
            max_output_tokens: fields.count("max_output_tokens")?,
            metadata: metadata(&mut fields)?,
            store: fields.flag("store")?.unwrap_or(true),
            temperature,
            top_p,
        };
        let way = way(&mut fields, echo.store)?;
        let neutral = [
            ("text", json!({ "format": { "type": "text" } })),
            ("tool_choice", json!("auto")),
            ("tool_choice", json!("none")),
            ("truncation", json!("disabled")),
        ];
        fields.end(&HARMLESS, &neutral)?;
        Ok(Self { model, input, previous_response_id, way, echo })
    }
}

fn way(fields: &mut Fields, store: bool) -> Result<Way, ApiError> {
    let flags = (fields.flag("stream")?.unwrap_or_default(), fields.flag("background")?.unwrap_or_default());
    match flags {
        (false, false) => Ok(Way::Whole),
        (true, false) => Ok(Way::Streamed),
        (true, true) => {
            let message = "the gateway does not stream background responses; leave out `stream`, and get the response by its id";
            Err(ApiError::invalid("stream", message).code("unsupported_parameter"))
        }
        (false, true) if !store => {
            let message = "a background response is got by its id, so it must be stored; leave out `store`";
            Err(ApiError::invalid("store", message).code("invalid_value"))
        }
        (false, true) => Ok(Way::Background),
    }
}

fn input(fields: &mut Fields) -> Result<Vec<Message>, ApiError> {
    match fields.required("input")? {
        Value::String(content) => Ok(vec![Message { role: Role::User, content }]),
        Value::Array(items) if items.is_empty() => {
            Err(ApiError::invalid("input", "`input` is empty, expected at least one item"))
        }
        Value::Array(items) => items.into_iter().enumerate().map(item).collect(),
        other => Err(wrong("input", "a string or an array of items", &other)),
    }
}

fn item((at, item): (usize, Value)) -> Result<Message, ApiError> {
    let mut fields = Fields::of(item, format!("input[{at}]"))?;
    let name = fields.name("type");
    // A message may leave its type out.
    if fields.text("type")?.is_some_and(|kind| kind != "message") {
        let message = "the gateway serves messages only: expected an item of type `message`";
        return Err(ApiError::invalid(name, message).code("unsupported_content"));
    }
    let message = messages::read(&mut fields, &STYLE)?;
    // An answer that is sent back as it came has them.
    fields.end(&["id", "phase", "status"], &[])?;
    Ok(message)
}

/// Up to 16 pairs of strings, as the API has it.
fn metadata(fields: &mut Fields) -> Result<Map<String, Value>, ApiError> {
    let expected = "up to 16 strings of up to 512 characters, with names of up to 64";
    let metadata = match fields.take("metadata") {
        None => return Ok(Map::new()),
        Some(Value::Object(metadata)) => metadata,
        Some(other) => return Err(wrong("metadata", "an object", &other)),
    };
    let is_fit = |(name, value): (&String, &Value)| {
        name.chars().count() <= 64 && value.as_str().is_some_and(|value| value.chars().count() <= 512)
    };
    if metadata.len() <= 16 && metadata.iter().all(is_fit) { Ok(metadata) } else { Err(out_of_range("metadata", expected)) }
}
