//! The gateway, as a client sees it: requests that carry their trace.

use std::{error::Error, fmt};

use futures_util::StreamExt as _;
use llm_span::{Correlation, WireFormat, llm_span, propagation::Carried, record_usage};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::arguments::Arguments;

/// A gateway.
pub(crate) struct Gateway {
    http: reqwest::Client,
    base: reqwest::Url,
    key: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    Unreachable(reqwest::Error),
    Refused {
        status: StatusCode,
        message: String,
    },
    /// An answer that is none.
    Unreadable(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => {
                write!(f, "the gateway can't be reached: {error}; is `cargo run --example gateway` running?")
            }
            Self::Refused { status, message } => write!(f, "{status}: {message}"),
            Self::Unreadable(why) => write!(f, "the gateway's answer is not as the OpenAI API has it: {why}"),
        }
    }
}

impl Error for Failure {}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(error.without_url())
    }
}

/// Calls of models are annotated here as everywhere: so the client's own telemetry is complete, and its spans are the parents of the gateway's.
#[llm_span(provider = "openai", error_type = |failure| failure.kind())]
impl Gateway {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, Failure> {
        // Only a certificate's check needs it, but the client is not built without.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().connect_timeout(std::time::Duration::from_secs(5)).build()?;
        Ok(Self { http, base: arguments.gateway.clone(), key: arguments.key.clone() })
    }

    /// The text of an answer, as a chat.
    #[llm_span(operation = "chat", model = model, usage = in_body)]
    pub(crate) async fn chat(&self, model: &str, prompt: &str) -> Result<String, Failure> {
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": prompt }] });
        let answer = self.ask(Method::POST, "v1/chat/completions", Some(&body)).await?;
        record_usage(WireFormat::OpenAi.read(&answer));
        text(&answer["choices"][0]["message"]["content"])
    }

    /// The same in pieces; gives how many there were.
    #[llm_span(operation = "chat", model = model, usage = in_body)]
    pub(crate) async fn chat_streamed(&self, model: &str, prompt: &str) -> Result<usize, Failure> {
        let body = json!({
            "model": model,
            "messages": [{ "role": "user", "content": prompt }],
            "stream": true,
            "stream_options": { "include_usage": true },
        });
        let mut pieces = 0;
        let response = self.send(Method::POST, "v1/chat/completions", Some(&body)).await?;
        let mut bytes = response.bytes_stream();
        let mut events = Vec::new();
        while let Some(some) = bytes.next().await {
            events.extend_from_slice(&some?);
            while let Some(end) = events.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = events.drain(..=end).collect();
                let Some(event) = line.strip_prefix(b"data: ") else { continue };
                // The last one, `[DONE]`, is no JSON.
                let Ok(event) = serde_json::from_slice::<Value>(event) else { continue };
                pieces += usize::from(event["choices"][0]["delta"]["content"].as_str().is_some_and(|piece| !piece.is_empty()));
                if event["usage"].is_object() {
                    record_usage(WireFormat::OpenAi.read(&event));
                }
            }
        }
        Ok(pieces)
    }

    /// A response, which the gateway keeps; gives its id.
    #[llm_span(operation = "chat", model = model, usage = in_body)]
    pub(crate) async fn respond(&self, model: &str, input: &str, previous: Option<&str>) -> Result<String, Failure> {
        let mut body = json!({ "model": model, "input": input });
        if let Some(previous) = previous {
            body["previous_response_id"] = previous.into();
        }
        let answer = self.ask(Method::POST, "v1/responses", Some(&body)).await?;
        record_usage(WireFormat::OpenAi.read(&answer));
        text(&answer["id"])
    }
}

impl Gateway {
    /// A response that is fetched later; gives its id. No call of a model: it is made later, by the gateway.
    pub(crate) async fn respond_later(&self, model: &str, input: &str) -> Result<String, Failure> {
        let body = json!({ "model": model, "input": input, "background": true });
        text(&self.ask(Method::POST, "v1/responses", Some(&body)).await?["id"])
    }

    /// How far a response is.
    pub(crate) async fn status(&self, id: &str) -> Result<String, Failure> {
        text(&self.ask(Method::GET, &format!("v1/responses/{id}"), None).await?["status"])
    }

    pub(crate) async fn delete(&self, id: &str) -> Result<(), Failure> {
        self.ask(Method::DELETE, &format!("v1/responses/{id}"), None).await.map(drop)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let bytes = self.send(method, path, body).await?.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| Failure::Unreadable(error.to_string()))
    }

    /// Sends a request with all that belongs to it.
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<reqwest::Response, Failure> {
        let url = self.base.join(path).map_err(|error| Failure::Unreadable(error.to_string()))?;
        let mut request = with_ids(self.http.request(method, url));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let mut request = request.build()?;
        // The trace, by the headers of W3C.
        Carried::current().inject(request.headers_mut());
        let response = self.http.execute(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let told = response.bytes().await.unwrap_or_default();
        let told: Value = serde_json::from_slice(&told).unwrap_or_default();
        Err(Failure::Refused { status, message: told["error"]["message"].as_str().unwrap_or("no reason was given").to_owned() })
    }
}

impl Failure {
    fn kind(&self) -> String {
        match self {
            Self::Unreachable(_) => "unreachable".into(),
            Self::Refused { status, .. } => status.as_str().into(),
            Self::Unreadable(_) => "unreadable".into(),
        }
    }
}

/// Whose request it is. All spans of it carry that, in the gateway too.
fn with_ids(request: RequestBuilder) -> RequestBuilder {
    let ids = Correlation::current();
    let headers = [
        ("X-Session-Id", ids.session_id()),
        ("X-User-Id", ids.user_id()),
        ("X-Telemetry-Service", ids.client_service_name()),
        ("X-Telemetry-Version", ids.client_service_version()),
    ];
    headers.into_iter().fold(request, |request, (name, value)| match value {
        Some(value) => request.header(name, value),
        None => request,
    })
}

fn text(value: &Value) -> Result<String, Failure> {
    value.as_str().map(str::to_owned).ok_or_else(|| Failure::Unreadable(format!("expected a text, not {value}")))
}
