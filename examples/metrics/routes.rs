//! What is served where.

use std::sync::atomic::{AtomicU64, Ordering};

use async_openai::{Client, config::OpenAIConfig, error::OpenAIError, types::chat::ChatCompletionRequestMessage};
use bytes::Bytes;
use futures_util::StreamExt as _;
use hyper::{Method, StatusCode, header::HeaderValue};
use llm_span::Prometheus;
use serde_json::{Value, json};

use super::{
    agent::Agent,
    mcp::Repository,
    models::{Models, user},
    queue::{self, Kind, Queue},
    store::Store,
};

/// What a request is answered by.
#[derive(Clone, Debug)]
pub(super) enum Route {
    Respond,
    Embed,
    RunAgent,
    RunTask,
    CloseSession(String),
    Conversations,
    DeleteConversation(String),
    Metrics,
    None,
}

impl Route {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        let path: Vec<_> = path.trim_matches('/').split('/').collect();
        match (method.as_str(), &path[..]) {
            ("POST", ["v1", "responses"]) => Self::Respond,
            ("POST", ["v1", "embeddings"]) => Self::Embed,
            ("POST", ["v1", "agents", "reader"]) => Self::RunAgent,
            ("POST", ["v1", "tasks"]) => Self::RunTask,
            ("DELETE", ["v1", "sessions", id]) => Self::CloseSession((*id).to_owned()),
            ("GET", ["v1", "conversations"]) => Self::Conversations,
            ("DELETE", ["v1", "conversations", id]) => Self::DeleteConversation((*id).to_owned()),
            ("GET", ["metrics"]) => Self::Metrics,
            _ => Self::None,
        }
    }

    /// What `http.route` says.
    pub(super) fn template(&self) -> Option<&'static str> {
        match self {
            Self::Respond => Some("/v1/responses"),
            Self::Embed => Some("/v1/embeddings"),
            Self::RunAgent => Some("/v1/agents/reader"),
            Self::RunTask => Some("/v1/tasks"),
            Self::CloseSession(_) => Some("/v1/sessions/{id}"),
            Self::Conversations => Some("/v1/conversations"),
            Self::DeleteConversation(_) => Some("/v1/conversations/{id}"),
            Self::Metrics => Some("/metrics"),
            Self::None => None,
        }
    }

    /// Which part of the service it is of.
    pub(super) fn deployment(&self) -> &'static str {
        match self {
            Self::RunTask | Self::CloseSession(_) => queue::DEPLOYMENT,
            _ => "Gateway",
        }
    }
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: HeaderValue,
    pub(super) body: Bytes,
}

impl Answer {
    fn json(status: StatusCode, value: &Value) -> Self {
        Self { status, content_type: HeaderValue::from_static("application/json"), body: value.to_string().into() }
    }

    fn ok(value: &Value) -> Self {
        Self::json(StatusCode::OK, value)
    }

    pub(super) fn error(status: StatusCode, what: &str) -> Self {
        Self::json(status, &json!({ "error": what }))
    }
}

/// The provider's failure is this service's: a bad gateway.
impl From<OpenAIError> for Answer {
    fn from(_: OpenAIError) -> Self {
        Self::error(StatusCode::BAD_GATEWAY, "the model does not answer")
    }
}

/// What serves requests.
#[derive(Debug)]
pub(super) struct App {
    models: Models,
    pub(super) store: Store,
    pub(super) queue: Queue,
    repository: Repository,
    prometheus: Prometheus,
    conversations: AtomicU64,
}

impl App {
    pub(super) fn new(client: Client<OpenAIConfig>, prometheus: Prometheus) -> Self {
        Self {
            models: Models { client },
            store: Store::default(),
            queue: Queue::start(),
            repository: Repository::default(),
            prometheus,
            conversations: AtomicU64::new(0),
        }
    }

    pub(super) async fn answer(&self, route: Route, body: &Value) -> Answer {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let answer = match route {
            Route::Respond => self.respond(body).await,
            Route::Embed => self.embed(text("model"), text("input")).await,
            Route::RunAgent => self.run_agent(text("model"), text("input")).await,
            Route::RunTask => Ok(self.run_task(text("session"), text("type")).await),
            Route::CloseSession(id) => {
                self.queue.close(&id);
                Ok(Answer::ok(&json!({ "closed": id })))
            }
            Route::Conversations => Ok(Answer::ok(&json!({ "data": self.store.list() }))),
            Route::DeleteConversation(id) => Ok(match self.store.delete(&id) {
                Some(()) => Answer::ok(&json!({ "deleted": id })),
                None => Answer::error(StatusCode::NOT_FOUND, "there is no such conversation"),
            }),
            Route::Metrics | Route::None => Ok(Answer::error(StatusCode::NOT_FOUND, "there is nothing")),
        };
        answer.unwrap_or_else(Answer::from)
    }

    /// What Prometheus scrapes, in the format that it accepts. A program that serves no HTTP has a listener for it instead, as `main.rs` does.
    pub(super) fn metrics(&self, accept: Option<&str>) -> Answer {
        let told = self.prometheus.render(accept);
        Answer { status: StatusCode::OK, content_type: HeaderValue::from_static(told.content_type), body: told.body.into() }
    }

    /// A conversation goes on, or begins: `{"model", "input", "stream", "conversation"}`.
    async fn respond(&self, body: &Value) -> Result<Answer, OpenAIError> {
        let (model, input) = (body["model"].as_str().unwrap_or_default(), body["input"].as_str().unwrap_or_default());
        let known = body["conversation"].as_str();
        let Some(mut said) = known.map_or_else(|| Some(Vec::new()), |id| self.store.get(id)) else {
            return Ok(Answer::error(StatusCode::NOT_FOUND, "there is no such conversation"));
        };
        said.push(input.to_owned());
        let text = self.ask(model, said.iter().map(|text| user(text)).collect(), body["stream"] == true).await?;
        let id = if let Some(id) = known {
            self.store.append(id, text.clone());
            id.to_owned()
        } else {
            let id = format!("conv_{}", self.conversations.fetch_add(1, Ordering::Relaxed) + 1);
            self.store.create(&id, vec![input.to_owned(), text.clone()]);
            id
        };
        Ok(Answer::ok(&json!({ "conversation": id, "output": text })))
    }

    async fn ask(&self, model: &str, messages: Vec<ChatCompletionRequestMessage>, stream: bool) -> Result<String, OpenAIError> {
        if !stream {
            let response = self.models.complete(model, messages, None).await?;
            return Ok(response.choices.into_iter().next().and_then(|choice| choice.message.content).unwrap_or_default());
        }
        let mut text = String::new();
        let mut chunks = self.models.stream(model, messages).await?;
        while let Some(chunk) = chunks.next().await {
            let said = chunk?.choices.into_iter().filter_map(|choice| choice.delta.content);
            text.extend(said);
        }
        Ok(text)
    }

    async fn embed(&self, model: &str, input: &str) -> Result<Answer, OpenAIError> {
        let response = self.models.embed(model, input).await?;
        let embedding = response.data.into_iter().next().map(|first| first.embedding).unwrap_or_default();
        Ok(Answer::ok(&json!({ "embedding": embedding })))
    }

    async fn run_agent(&self, model: &str, question: &str) -> Result<Answer, OpenAIError> {
        let agent = Agent { models: &self.models, repository: &self.repository };
        Ok(Answer::ok(&json!({ "output": agent.answer(model, question).await? })))
    }

    async fn run_task(&self, session: &str, kind: &str) -> Answer {
        let Some(kind) = Kind::of(kind) else { return Answer::error(StatusCode::BAD_REQUEST, "there is no such type of task") };
        match self.queue.run(session, kind).await {
            Ok(status) => Answer::ok(&json!({ "status": status })),
            Err(queue::RateLimited) => Answer::error(StatusCode::TOO_MANY_REQUESTS, "the session has no budget left"),
        }
    }
}
