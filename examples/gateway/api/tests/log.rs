//! What the log and the gauges tell.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use llm_span::{Correlation, JsonLogs, propagation::ServerLayer};
use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn install() -> (Self, DefaultGuard) {
        // While there is but one subscriber, a thread without any can switch a line off for all.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
        let lines = Self::default();
        let writer = lines.clone();
        let logs = JsonLogs::new(move || writer.clone()).with_span_field_as("http.request_id", "request_id");
        (lines, tracing::subscriber::set_default(tracing_subscriber::registry().with(logs)))
    }

    /// The gateway's, without the time.
    fn take(&self) -> Vec<Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("Hello"), "no prompts, no answers: {text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).filter(|line: &Value| line["target"] != "log").collect()
    }
}

#[tokio::test]
async fn each_answer_is_one_line_of_the_log() {
    let (lines, _installed) = Lines::install();
    let gateway = Gateway::new();
    gateway.fake.tell(hello());
    gateway.ask(&question(json!({}))).await.ok();
    gateway.fake.tell(hello());
    gateway.chat(&chat_question(json!({}))).await.ok();
    for (path, body) in [("/v1/responses", question(json!({}))), ("/v1/chat/completions", chat_question(json!({})))] {
        gateway.fake.chunk("Hello");
        gateway.fake.end("stop");
        let mut body = body;
        body["stream"] = true.into();
        gateway.events(path, &body).await;
    }
    let lines = lines.take();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for line in lines {
        assert_eq!((&line["level"], &line["msg"]), (&json!("INFO"), &json!("response generated")));
        assert_eq!((&line["provider"], &line["model"]), (&json!("fake"), &json!("gpt-4o-mini")));
        assert_eq!((&line["input_tokens"], &line["output_tokens"]), (&json!(23), &json!(156)));
    }
}

#[tokio::test]
async fn a_background_answer_has_the_id_of_the_request_that_has_asked() {
    let (lines, _installed) = Lines::install();
    let mut gateway = Gateway::new();
    gateway.router = gateway.router.clone().layer(ServerLayer::new());
    let mut request = posted("/v1/responses", question(json!({ "background": true })).to_string());
    request.headers_mut().insert("x-request-id", "req-5".parse().unwrap());
    let queued = answer(gateway.send(request).await).await.ok();
    gateway.fake.tell(hello());
    gateway.until(queued["id"].as_str().unwrap(), "completed").await;
    let told = lines.take().into_iter().find(|line| line["msg"] == "response generated").unwrap();
    assert_eq!(told["request_id"], "req-5", "{told}");
}

#[tokio::test]
async fn each_failure_is_a_warning() {
    let (lines, _installed) = Lines::install();
    let gateway = Gateway::new();
    gateway.fake.tell(Told::Whole(Err(ProviderError::Refused { status: 429, code: None })));
    gateway.ask(&question(json!({}))).await;
    gateway.fake.chunk("Hello");
    gateway.fake.tell(Told::Chunk(Err(ProviderError::Unreachable)));
    gateway.events("/v1/responses", &question(json!({ "stream": true }))).await;
    let told: Vec<_> = lines.take().into_iter().map(|line| (line["msg"].clone(), line["error.type"].clone())).collect();
    let failure = |kind: &str| (json!("no response"), json!(kind));
    assert_eq!(told, [failure("429"), failure("unreachable")]);

    gateway.store.fails.store(true, std::sync::atomic::Ordering::SeqCst);
    gateway.get("/v1/responses").await;
    let lines = lines.take();
    assert_eq!((&lines[0]["level"], &lines[0]["error.type"]), (&json!("ERROR"), &json!("store")));
    assert!(lines[0].to_string().contains(fakes::SECRET), "{lines:?}");
}

#[tokio::test]
async fn sessions_models_and_open_streams_are_counted() {
    let gateway = Gateway::new();
    gateway.fake.chunk("Hello");
    let body = question(json!({ "stream": true }));
    let response = Correlation::new().session("s-1").run(gateway.open("/v1/responses", &body)).await;
    let counts = gateway.app.activity.counts();
    assert_eq!((counts.sessions, counts.models, counts.sampling_sessions), (1, 1, 1));
    drop(response);
    assert_eq!(gateway.app.activity.counts().sampling_sessions, 0);
    Correlation::new().session("s-2").run(gateway.get("/v1/responses")).await.ok();
    assert_eq!(gateway.app.activity.counts().sessions, 2);
}
