/// A request in the type that the client wants.
macro_rules! typed {
    ($request:expr) => {
        serde_json::from_value($request).unwrap()
    };
}

mod embeddings;
mod failures;
mod hang_up;
mod responses;
mod streams;
mod tools;

use std::pin::Pin;

use async_openai::{Client, config::OpenAIConfig, middleware::ReqwestService};
use futures_core::Stream;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

fn client() -> reqwest::Client {
    // No TLS is needed here, yet the client asks for a provider of it when it is built.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A client that tries nothing again.
fn openai(provider: &Provider) -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new().with_api_base(provider.base_url()).with_api_key("key");
    let http = client();
    Client::build(http.clone(), config).with_http_service(ReqwestService::new(http))
}

/// A provider without delays.
async fn at_once() -> Provider {
    let settings = Settings { first_chunk: Duration::ZERO, between_chunks: Duration::ZERO, ..Settings::default() };
    Provider::start_with(settings).await.unwrap()
}

async fn next<S: Stream + ?Sized>(stream: &mut Pin<Box<S>>) -> Option<S::Item> {
    std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await
}

async fn all<S: Stream + ?Sized>(mut stream: Pin<Box<S>>) -> Vec<S::Item> {
    let mut items = Vec::new();
    while let Some(item) = next(&mut stream).await {
        items.push(item);
    }
    items
}

fn question(model: Model) -> Value {
    json!({ "model": model.name(), "messages": [{ "role": "user", "content": "Explain tracing in one sentence." }] })
}

async fn post(provider: &Provider, body: &Value) -> (u16, Value) {
    let url = format!("{}/chat/completions", provider.base_url());
    let response = client().post(url).bearer_auth("key").json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn ask(provider: &Provider, model: &str) -> (u16, Value) {
    let mut question = question(Model::Answers);
    question["model"] = model.into();
    post(provider, &question).await
}

/// Sends bytes as they are and reads until the connection is closed.
async fn send_raw(provider: &Provider, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(provider.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read).await;
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn a_request_is_answered_with_the_counts_of_the_document() {
    let provider = Provider::start().await.unwrap();
    let (status, body) = ask(&provider, Model::Answers.name()).await;
    assert_eq!(status, 200);
    assert_eq!(body["model"], "gpt-4o-2024-08-06");
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!(body["usage"]["prompt_tokens"], 128);
    assert_eq!(body["usage"]["completion_tokens"], 64);
    assert_eq!(body["usage"]["total_tokens"], 192);
}

#[tokio::test]
async fn the_model_decides_what_goes_wrong() {
    let provider = Provider::start().await.unwrap();
    let (status, body) = ask(&provider, Model::NoUsage.name()).await;
    assert_eq!((status, body.get("usage")), (200, None));

    for (model, expected, code) in [
        ("gpt-unknown", 404, json!("model_not_found")),
        (Model::RateLimited.name(), 429, json!("rate_limit_exceeded")),
        (Model::OutOfQuota.name(), 429, json!("insufficient_quota")),
        (Model::Broken.name(), 500, Value::Null),
        (Model::Embeds.name(), 404, Value::Null),
    ] {
        let (status, body) = ask(&provider, model).await;
        assert_eq!((status, &body["error"]["code"]), (expected, &code), "{model}");
        assert!(body["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn wrong_requests_are_told_what_is_wrong() {
    let provider = Provider::start().await.unwrap();
    let message = json!([{ "role": "user", "content": "Hello" }]);
    for (body, param) in [
        (json!({ "messages": message }), "model"),
        (json!({ "model": 4, "messages": message }), "model"),
        (json!({ "model": "gpt-4o" }), "messages"),
        (json!({ "model": "gpt-4o", "messages": [] }), "messages"),
        (json!({ "model": "gpt-4o", "messages": [{ "role": "nobody", "content": "" }] }), "messages"),
        (json!({ "model": "gpt-4o", "messages": [7] }), "messages"),
        (json!({ "model": "gpt-4o", "messages": message, "stream": "yes" }), "stream"),
        (json!({ "model": "gpt-4o", "messages": message, "tools": [{ "type": "function" }] }), "tools"),
    ] {
        let (status, answer) = post(&provider, &body).await;
        assert_eq!((status, &answer["error"]["param"]), (400, &json!(param)), "{body}");
    }
}

#[tokio::test]
async fn paths_methods_and_keys_are_checked() {
    let provider = Provider::start().await.unwrap();
    let get = |path: &str| client().get(format!("{}{path}", provider.base_url()));
    let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    assert_eq!(status(get("/models")).await, 401);
    assert_eq!(status(get("/models").bearer_auth("")).await, 401);
    assert_eq!(status(get("/models").bearer_auth("key")).await, 200);
    assert_eq!(status(get("/nothing").bearer_auth("key")).await, 404);
    assert_eq!(status(get("/chat/completions").bearer_auth("key")).await, 405);
}

#[tokio::test]
async fn nonsense_costs_its_connection_and_nothing_else() {
    let provider = Provider::start().await.unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key\r\n";
    let no_json = format!("{head}content-length: 5\r\nconnection: close\r\n\r\n{{\"a\":");
    assert!(send_raw(&provider, no_json.as_bytes()).await.starts_with("HTTP/1.1 400"));
    let broken_off = format!("{head}content-length: 500\r\n\r\n{{");
    send_raw(&provider, broken_off.as_bytes()).await;
    send_raw(&provider, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await;
    send_raw(&provider, b"").await;
    assert_eq!(ask(&provider, Model::Answers.name()).await.0, 200);
}

#[tokio::test]
async fn stopped_or_dropped_it_closes_its_connections() {
    for stop in [true, false] {
        let provider = Provider::start().await.unwrap();
        let mut idle = TcpStream::connect(provider.address).await.unwrap();
        assert_eq!(ask(&provider, Model::Answers.name()).await.0, 200);
        if stop {
            provider.stop().await;
        } else {
            drop(provider);
        }
        let closed = tokio::time::timeout(2 * PATIENCE, idle.read(&mut [0])).await;
        assert!(matches!(closed, Ok(Ok(0) | Err(_))), "{closed:?}");
    }
}
