#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod background;
mod chat;
mod errors;
mod fakes;
mod kept;
mod log;
mod owners;
mod requests;
mod responses;
mod streams;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower_service::Service as _;

use self::fakes::{Fake, Shaky, Told};
use crate::{
    activity::Activity,
    api::{self, Models},
    app::App,
    provider::{GenerateRequest, ProviderError},
    queue::{Queue, QueueSettings},
};

/// A gateway in front of a provider that says what the test tells it to.
struct Gateway {
    app: Arc<App>,
    store: Arc<Shaky>,
    fake: Fake,
    router: Router,
}

/// What was answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Gateway {
    fn new() -> Self {
        let (fake, provider) = fakes::provider();
        let store = Arc::new(Shaky::default());
        let activity = Activity::of_process(Duration::from_secs(60));
        let settings = QueueSettings { room: 1, at_once: 1, time_limit: Duration::from_secs(40) };
        let queue = Queue::start(settings, &activity);
        let time_limit = Duration::from_secs(30);
        let app = Arc::new(App {
            provider: Arc::new(provider),
            models: Models::default(),
            store: Arc::clone(&store) as _,
            activity,
            queue,
            time_limit,
        });
        let router = api::routes()
            .fallback(api::not_found)
            .method_not_allowed_fallback(api::method_not_allowed)
            .layer(axum::extract::DefaultBodyLimit::max(64 * 1024))
            .with_state(Arc::clone(&app));
        Self { app, store, fake, router }
    }

    async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().call(request).await.unwrap()
    }

    /// Begins an answer; what is left of it is its body.
    async fn open(&self, path: &str, body: &Value) -> Response {
        self.send(posted(path, body.to_string())).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.open(path, body).await).await
    }

    async fn ask(&self, body: &Value) -> Answer {
        self.post("/v1/responses", body).await
    }

    async fn chat(&self, body: &Value) -> Answer {
        self.post("/v1/chat/completions", body).await
    }

    async fn call(&self, method: &str, path: &str) -> Answer {
        answer(self.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path).await
    }

    /// The events of an answer that is there as a whole.
    async fn events(&self, path: &str, body: &Value) -> Vec<Event> {
        let response = self.open(path, body).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        events(&response.into_body().collect().await.unwrap().to_bytes())
    }

    async fn count(&self) -> u64 {
        self.app.store.count().await.unwrap()
    }

    /// What the provider was asked last: who says what.
    fn asked(&self) -> Vec<(&'static str, String)> {
        let request = self.request();
        request.messages.into_iter().map(|message| (message.role.as_str(), message.content)).collect()
    }

    fn request(&self) -> GenerateRequest {
        self.fake.asked.lock().unwrap().last().unwrap().clone()
    }
}

fn posted(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header(CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

async fn answer(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"));
    Answer { status: parts.status, headers: parts.headers, body }
}

impl Answer {
    fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.body
    }

    /// Status, parameter and code of an error.
    fn error(&self) -> (u16, Option<&str>, Option<&str>) {
        let error = &self.body["error"];
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.body);
        assert!(error["type"].is_string());
        (self.status.as_u16(), error["param"].as_str(), error["code"].as_str())
    }
}

/// An event: its name, and its data; `[DONE]` is a text.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    name: Option<String>,
    data: Value,
}

fn events(bytes: &[u8]) -> Vec<Event> {
    let text = std::str::from_utf8(bytes).unwrap();
    let event = |lines: &str| {
        let field = |name: &str| lines.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let data = field("data:").unwrap();
        Event { name: field("event:").map(str::to_owned), data: serde_json::from_str(data).unwrap_or_else(|_| data.into()) }
    };
    // A line that begins with a colon keeps the connection alive, and tells nothing.
    text.split_terminator("\n\n").filter(|lines| !lines.starts_with(':')).map(event).collect()
}

/// A question to `/v1/responses`, with these fields besides.
fn question(fields: Value) -> Value {
    let mut question = json!({ "model": "gpt-4o-mini", "input": "Hello, world!" });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    question.as_object_mut().unwrap().extend(fields);
    question
}

/// The same to `/v1/chat/completions`.
fn chat_question(fields: Value) -> Value {
    let mut question = question(fields);
    let question = question.as_object_mut().unwrap();
    let content = question.remove("input").unwrap();
    question.entry("messages").or_insert_with(|| json!([{ "role": "user", "content": content }]));
    question.clone().into()
}

const FAILURES: [(ProviderError, u16); 8] = [
    (ProviderError::Refused { status: 404, code: None }, 404),
    (ProviderError::Refused { status: 429, code: None }, 429),
    (ProviderError::Refused { status: 401, code: None }, 502),
    (ProviderError::Refused { status: 302, code: None }, 502),
    (ProviderError::Failed, 502),
    (ProviderError::Unreachable, 502),
    (ProviderError::TimedOut, 504),
    (ProviderError::TooLong, 502),
];

/// What a whole answer tells.
fn hello() -> Told {
    Told::Whole(Ok(fakes::generated("Hello back.")))
}
