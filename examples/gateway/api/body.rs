//! Bodies of requests: JSON objects that are read field by field.
//!
//! By hand and not into types: what a deserializer says of a wrong value shows the value, and a prompt is not for errors. A field that
//! nobody has read is refused by [`Fields::end`], so that no request is answered as if it had asked for less.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Bytes, HttpBody as _},
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value, error::Category};
use tokio::time::timeout;

use super::error::{ApiError, INVALID_REQUEST};
use crate::app::App;

/// A body that takes longer to come is not waited for, nor one that takes longer than an answer may.
const PATIENCE: Duration = Duration::from_secs(30);

/// The fields of an object, less those that were read.
#[derive(Debug)]
pub(super) struct Fields {
    left: Map<String, Value>,
    /// Where it stands in the request: `messages[3]`; empty for the request itself.
    path: String,
}

impl FromRequest<Arc<App>> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        if !may_be_json(request.headers()) {
            let message = "expected `Content-Type: application/json`";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST, message));
        }
        let read = timeout(PATIENCE.min(app.time_limit), Bytes::from_request(request, app)).await;
        let read = read.map_err(|_| unread(StatusCode::REQUEST_TIMEOUT))?;
        let bytes = read.map_err(|rejection| unread(rejection.status()))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
        Self::of(value, String::new())
    }
}

/// Refuses a body that is longer than that by its own word, without waiting for it. One that tells no length is refused while it is read.
pub(crate) async fn limit_announced(State(limit): State<usize>, request: Request, next: Next) -> Response {
    let is_too_long = usize::try_from(request.body().size_hint().lower()).map_or(true, |length| length > limit);
    if is_too_long { unread(StatusCode::PAYLOAD_TOO_LARGE).into_response() } else { next.run(request).await }
}

/// Nothing said is taken for JSON, which is what the API speaks.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

fn unread(status: StatusCode) -> ApiError {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "the body is longer than the gateway takes; send less",
        StatusCode::REQUEST_TIMEOUT => "the body did not come in time; send it faster, or send less",
        _ => "the body broke off",
    };
    ApiError::new(status, INVALID_REQUEST, message)
}

/// Line and column; the parser's own words say what is wrong there, and show nothing of it.
fn broken(error: &serde_json::Error) -> ApiError {
    let message = match error.classify() {
        Category::Eof => format!("the body is no JSON: it ends too early, at line {} column {}", error.line(), error.column()),
        _ => format!("the body is no JSON: see line {} column {}", error.line(), error.column()),
    };
    ApiError::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, message).code("invalid_json")
}

impl Fields {
    pub(super) fn of(value: Value, path: String) -> Result<Self, ApiError> {
        match value {
            Value::Object(left) => Ok(Self { left, path }),
            other if path.is_empty() => {
                let message = format!("the body is {}, expected an object", kind(&other));
                Err(ApiError::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, message))
            }
            other => Err(wrong(&path, "an object", &other)),
        }
    }

    /// How a field is called in errors.
    pub(super) fn name(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// A field that is there and not null.
    pub(super) fn take(&mut self, field: &str) -> Option<Value> {
        self.left.remove(field).filter(|value| !value.is_null())
    }

    /// Whether it is there and not null.
    pub(super) fn has(&self, field: &str) -> bool {
        self.left.get(field).is_some_and(|value| !value.is_null())
    }

    pub(super) fn required(&mut self, field: &str) -> Result<Value, ApiError> {
        let value = self.take(field);
        value.ok_or_else(|| {
            ApiError::invalid(self.name(field), format!("`{}` is missing", self.name(field))).code("missing_parameter")
        })
    }

    pub(super) fn text(&mut self, field: &str) -> Result<Option<String>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.name(field), "a string", &other)),
        }
    }

    pub(super) fn flag(&mut self, field: &str) -> Result<Option<bool>, ApiError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong(&self.name(field), "true or false", &other)),
        }
    }

    /// A number from 0 to `most`.
    fn number(&mut self, field: &str, most: f64) -> Result<Option<f64>, ApiError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let expected = format!("a number from 0 to {most}");
        let number = value.as_f64().ok_or_else(|| wrong(&self.name(field), &expected, &value))?;
        if (0.0..=most).contains(&number) { Ok(Some(number)) } else { Err(out_of_range(&self.name(field), &expected)) }
    }

    /// The temperature, and `top_p`.
    pub(super) fn sampling(&mut self) -> Result<[Option<f64>; 2], ApiError> {
        Ok([self.number("temperature", 2.0)?, self.number("top_p", 1.0)?])
    }

    /// A number of tokens.
    pub(super) fn count(&mut self, field: &str) -> Result<Option<u32>, ApiError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let expected = "a whole number, 1 or more";
        if !value.is_number() {
            return Err(wrong(&self.name(field), expected, &value));
        }
        let count = value.as_u64().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
        count.map(Some).ok_or_else(|| out_of_range(&self.name(field), expected))
    }

    /// The model that is asked for. Names are attributes of spans, so they are bounded.
    pub(super) fn model(&mut self) -> Result<String, ApiError> {
        let model = match self.required("model")? {
            Value::String(model) => model,
            other => return Err(wrong("model", "a string", &other)),
        };
        let is_fit = !model.trim().is_empty() && model.len() <= 256 && !model.contains(char::is_control);
        if is_fit { Ok(model) } else { Err(out_of_range("model", "a name of 1 to 256 bytes")) }
    }

    /// Refuses what is left, unless it is of the harmless ones, which do not change the answer, or asks for nothing: `"n": 1`.
    pub(super) fn end(self, harmless: &[&str], neutral: &[(&str, Value)]) -> Result<(), ApiError> {
        let asks = |(field, value): &(&String, &Value)| {
            let is_neutral = || neutral.iter().any(|(known, default)| known == field && default == *value);
            !harmless.contains(&field.as_str()) && !is_nothing(value) && !is_neutral()
        };
        match self.left.iter().find(asks) {
            None => Ok(()),
            Some((field, _)) => {
                let name = self.name(&field.chars().take(64).collect::<String>());
                let message = "the gateway does not serve this parameter; leave it out";
                Err(ApiError::invalid(name, message).code("unsupported_parameter"))
            }
        }
    }
}

/// What clients send that fill in all they know.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(Value::is_null),
        Value::Bool(true) => false,
    }
}

pub(super) fn wrong(param: &str, expected: &str, found: &Value) -> ApiError {
    ApiError::invalid(param, format!("`{param}` is {}, expected {expected}", kind(found))).code("invalid_type")
}

pub(super) fn out_of_range(param: &str, expected: &str) -> ApiError {
    ApiError::invalid(param, format!("`{param}` is out of range, expected {expected}")).code("invalid_value")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
