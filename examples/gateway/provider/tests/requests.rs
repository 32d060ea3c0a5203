//! What reaches a provider.

use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _};
use serde_json::json;

use super::{server::Server, *};
use crate::testing::Telemetry;

const ANSWER: &str = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[
    {"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Yes."}}],
    "usage":{"prompt_tokens":128,"completion_tokens":64,"total_tokens":192}}"#;

#[tokio::test]
async fn messages_and_parameters_are_passed_on() {
    let mut server = Server::answering("application/json", ANSWER).await;
    let messages = Role::ALL.map(|role| Message { role, content: format!("I am the {}.", role.as_str()) }).to_vec();
    let request = GenerateRequest { temperature: Some(0.5), top_p: Some(0.25), max_tokens: Some(7), messages, ..ask("m") };
    server.provider().generate(request).await.unwrap();
    let expected = json!({
        "model": "m",
        "messages": [
            { "role": "system", "content": "I am the system." },
            { "role": "developer", "content": "I am the developer." },
            { "role": "user", "content": "I am the user." },
            { "role": "assistant", "content": "I am the assistant." },
        ],
        "temperature": 0.5,
        "top_p": 0.25,
        "max_completion_tokens": 7,
    });
    assert_eq!(server.request().await.1, expected);
}

#[tokio::test]
async fn a_stream_is_asked_for_its_usage() {
    let mut server = Server::answering("text/event-stream", "data: [DONE]\n\n").await;
    let _ = read(server.provider().generate_stream(ask("m")).await.unwrap()).await;
    let (_, sent) = server.request().await;
    assert_eq!((&sent["stream"], &sent["stream_options"]), (&json!(true), &json!({ "include_usage": true })));
}

#[tokio::test]
async fn a_request_carries_the_trace_of_its_call_and_no_baggage() {
    let mut server = Server::answering("application/json", ANSWER).await;
    let telemetry = Telemetry::start();
    let baggage = Context::current_with_baggage([KeyValue::new("tenant", "5")]).attach();
    let provider = InstrumentedProvider::new(server.provider());
    provider.generate(ask("m")).await.unwrap();
    drop(baggage);
    let (headers, _) = server.request().await;
    let span = telemetry.span("provider.generate").span_context;
    assert_eq!(headers["traceparent"], format!("00-{}-{}-01", span.trace_id(), span.span_id()));
    assert!(!headers.contains_key("baggage"), "{headers:?}");
}
