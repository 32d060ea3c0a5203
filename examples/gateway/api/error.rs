//! What is answered when something is wrong, in the shape of the OpenAI API.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{provider::ProviderError, store::StoreError};

/// What is wrong with the request.
pub(crate) const INVALID_REQUEST: &str = "invalid_request_error";

/// What is wrong with the gateway, or with what it depends on.
pub(crate) const API_ERROR: &str = "api_error";

/// `{"error": {"message", "type", "param", "code"}}`, with a status.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// For whoever reads it: what is wrong, what was expected, what to do.
    pub(crate) message: String,
    /// `invalid_request_error`, `authentication_error`, `rate_limit_error`, `api_error`, …
    pub(crate) kind: &'static str,
    /// Which part of the request.
    pub(crate) param: Option<String>,
    pub(crate) code: Option<String>,
    /// After how many seconds it may be tried again: `Retry-After`.
    pub(crate) retry_after: Option<u32>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), kind, param: None, code: None, retry_after: None }
    }

    /// The request can't be served as it is. The message shows nothing of what it says: that may be a prompt.
    pub(crate) fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, message) }
    }

    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, message, kind, param, code, retry_after } = self;
        let body = json!({ "error": { "message": message, "type": kind, "param": param, "code": code } });
        let mut response = (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A refusal is passed on with its status, since it is for the client to mend; what the gateway and its provider have between them is not.
impl From<ProviderError> for ApiError {
    fn from(error: ProviderError) -> Self {
        let failed = |status, message| Self::new(status, API_ERROR, message);
        match error {
            // The gateway's key, not the client's.
            ProviderError::Refused { status: 401 | 403 | 407, .. } => {
                failed(StatusCode::BAD_GATEWAY, "the provider does not let the gateway in; tell who runs it")
            }
            ProviderError::Refused { status, code } => refused(status, code),
            ProviderError::Failed => failed(StatusCode::BAD_GATEWAY, "the provider failed; try again later"),
            ProviderError::Unreachable => failed(StatusCode::BAD_GATEWAY, "the provider could not be reached; try again later"),
            ProviderError::TooLong => {
                failed(StatusCode::BAD_GATEWAY, "the answer is longer than the gateway takes; ask for less")
            }
            ProviderError::TimedOut => failed(StatusCode::GATEWAY_TIMEOUT, "the provider took too long; try again later"),
        }
    }
}

fn refused(status: u16, code: Option<String>) -> ApiError {
    let status = StatusCode::from_u16(status).ok().filter(StatusCode::is_client_error).unwrap_or(StatusCode::BAD_GATEWAY);
    let (kind, message) = match status {
        StatusCode::NOT_FOUND => (INVALID_REQUEST, "the provider has no such model, or it is of another kind; ask for another"),
        StatusCode::PAYLOAD_TOO_LARGE => (INVALID_REQUEST, "the request is too long for the provider; send less"),
        StatusCode::TOO_MANY_REQUESTS => ("rate_limit_error", "the provider takes no more requests now; try again later"),
        StatusCode::BAD_GATEWAY => (API_ERROR, "the provider refused the request"),
        _ => (INVALID_REQUEST, "the provider refused the request; see whether the model takes these parameters"),
    };
    ApiError { code, ..ApiError::new(status, kind, message) }
}

/// Told to the client without the store's own words, which are for the log.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::no_such_response(),
            StoreError::Exists | StoreError::Backend(_) => {
                tracing::error!(error.type = "store", error = %error, "conversation store failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, API_ERROR, "the conversation store failed; try again later")
            }
        }
    }
}

impl ApiError {
    pub(super) fn no_such_response() -> Self {
        let message = "there is no response with that id; was it stored, and not deleted since?";
        Self::new(StatusCode::NOT_FOUND, INVALID_REQUEST, message).code("response_not_found")
    }
}

/// For the router: no route has matched.
pub(crate) async fn not_found() -> ApiError {
    let message = "unknown path; there are /v1/chat/completions and /v1/responses";
    ApiError::new(StatusCode::NOT_FOUND, INVALID_REQUEST, message).code("unknown_url")
}

/// For the router: the route knows no such method. Those that it knows are told by `Allow`, which the router sets.
pub(crate) async fn method_not_allowed() -> ApiError {
    let message = "the path does not take this method; the `Allow` header tells those that it takes";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, INVALID_REQUEST, message).code("method_not_allowed")
}
