//! One round of requests: every route, and every way a request ends.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::{
    ServiceError,
    expected::{CHAT_MODEL, EMBEDDING_MODEL},
};
use crate::provider::Model;

const SESSION: &str = "session_1";

/// Where requests go.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) http: Client,
    pub(super) base_url: String,
}

impl Caller {
    pub(super) async fn round(&self) -> Result<(), ServiceError> {
        self.conversations().await?;
        self.post("v1/embeddings", json!({ "model": EMBEDDING_MODEL, "input": "A sentence." }), 200).await?;
        let question = json!({ "model": CHAT_MODEL, "input": "What does README say of spans?" });
        self.post("v1/agents/reader", question, 200).await?;
        self.tasks().await?;
        self.send(Method::GET, "nowhere", Value::Null, 404).await.map(drop)
    }

    async fn conversations(&self) -> Result<(), ServiceError> {
        let begun = self.post("v1/responses", json!({ "model": CHAT_MODEL, "input": "Hello, world!" }), 200).await?;
        let id = &begun["conversation"];
        let streamed = json!({ "model": CHAT_MODEL, "input": "Go on.", "conversation": id, "stream": true });
        self.post("v1/responses", streamed, 200).await?;
        let broken = Model::Broken.name();
        self.post("v1/responses", json!({ "model": broken, "input": "Go on.", "conversation": id }), 502).await?;
        self.post("v1/responses", json!({ "model": CHAT_MODEL, "input": "Go on.", "conversation": "none" }), 404).await?;
        self.post("v1/responses", json!({ "model": CHAT_MODEL, "input": "Hello again!" }), 200).await?;
        // All but one are deleted, so that the gauge has something to tell.
        let listed = self.send(Method::GET, "v1/conversations", Value::Null, 200).await?;
        for id in listed["data"].as_array().into_iter().flatten().skip(1).filter_map(Value::as_str) {
            self.send(Method::DELETE, &format!("v1/conversations/{id}"), Value::Null, 200).await?;
        }
        Ok(())
    }

    /// Tasks that wait for each other, succeed, fail and take too long; one more than the session may queue.
    async fn tasks(&self) -> Result<(), ServiceError> {
        // That of the round before, if there was one.
        self.send(Method::DELETE, &format!("v1/sessions/{SESSION}"), Value::Null, 200).await?;
        let task = |kind: &str| self.post("v1/tasks", json!({ "session": SESSION, "type": kind }), 200);
        let (sampled, trained, given_up) = tokio::join!(task("sample"), task("train"), task("endless"));
        for (ended, expected) in [(sampled?, "completed"), (trained?, "failed"), (given_up?, "timeout")] {
            if ended["status"] != expected {
                return Err(ServiceError::Answer(format!("a task ended as {ended}, not as {expected}")));
            }
        }
        self.post("v1/tasks", json!({ "session": SESSION, "type": "sample" }), 429).await.map(drop)
    }

    async fn post(&self, path: &str, body: Value, expected: u16) -> Result<Value, ServiceError> {
        self.send(Method::POST, path, body, expected).await
    }

    async fn send(&self, method: Method, path: &str, body: Value, expected: u16) -> Result<Value, ServiceError> {
        let request = self.http.request(method, format!("{}/{path}", self.base_url));
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if StatusCode::from_u16(expected).ok() != Some(status) {
            return Err(ServiceError::Answer(format!("/{path} answers {status}: {text}")));
        }
        serde_json::from_str(&text).map_err(|error| ServiceError::Answer(format!("/{path}: {error}")))
    }
}
