//! Errors in the form of the OpenAI API: a status, and an object that tells type, parameter and code.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

const INVALID_REQUEST: &str = "invalid_request_error";

/// An error as a client sees it.
#[derive(Debug)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    message: String,
    kind: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
    /// To be tried again at once, which clients that heed `retry-after` do.
    pub(super) retry: bool,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), kind, param: None, code, retry: false }
    }

    fn invalid(status: StatusCode, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::new(status, INVALID_REQUEST, code, message)
    }

    pub(super) fn body(&self) -> Value {
        let Self { message, kind, param, code, .. } = self;
        json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn no_key() -> Self {
        let message = "No API key was given: send it as `Authorization: Bearer KEY`.";
        Self::invalid(StatusCode::UNAUTHORIZED, Some("invalid_api_key"), message)
    }

    pub(super) fn no_such_path(method: &Method, path: &str) -> Self {
        Self::invalid(StatusCode::NOT_FOUND, None, format!("Invalid URL ({method} {path})"))
    }

    pub(super) fn wrong_method(method: &Method, path: &str) -> Self {
        Self::invalid(StatusCode::METHOD_NOT_ALLOWED, None, format!("{method} is not allowed on {path}"))
    }

    pub(super) fn unreadable(why: &str) -> Self {
        Self::invalid(StatusCode::BAD_REQUEST, None, format!("The body is no JSON: {why}"))
    }

    pub(super) fn missing(param: &'static str) -> Self {
        let message = format!("Missing required parameter: '{param}'.");
        Self { param: Some(param), ..Self::invalid(StatusCode::BAD_REQUEST, Some("missing_required_parameter"), message) }
    }

    pub(super) fn wrong(param: &'static str, expected: &str) -> Self {
        let message = format!("Invalid value for '{param}': expected {expected}.");
        Self { param: Some(param), ..Self::invalid(StatusCode::BAD_REQUEST, Some("invalid_value"), message) }
    }

    pub(super) fn no_such_model(model: &str) -> Self {
        let message = format!("The model `{model}` does not exist or you have no access to it.");
        Self::invalid(StatusCode::NOT_FOUND, Some("model_not_found"), message)
    }

    pub(super) fn no_chat_model() -> Self {
        let message = "This is not a chat model: ask it for embeddings, or ask another.";
        Self { param: Some("model"), ..Self::invalid(StatusCode::NOT_FOUND, None, message) }
    }

    pub(super) fn rate_limited() -> Self {
        let message = "Rate limit reached for requests per minute.";
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "requests", Some("rate_limit_exceeded"), message);
        Self { retry: true, ..error }
    }

    pub(super) fn out_of_quota() -> Self {
        let kind = "insufficient_quota";
        Self::new(StatusCode::TOO_MANY_REQUESTS, kind, Some(kind), "The quota is used up: check plan and billing.")
    }

    pub(super) fn broken() -> Self {
        let message = "The server failed while it worked on the request.";
        Self { retry: true, ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, message) }
    }
}
