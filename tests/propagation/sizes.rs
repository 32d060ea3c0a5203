//! Sizes of bodies.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    http::StatusCode,
    routing::{get, post},
};
use http_body_util::BodyExt as _;

use crate::support::{bare, layer, serve};

fn with_body(path: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn bodies_that_are_read_and_sent_are_counted() {
    let app = Router::new().route("/", post(|body: Bytes| async move { [&body[..], &body[..]].concat() }));
    let (telemetry, _) = serve(app.layer(layer()), &with_body("/", &"x".repeat(10_000))).await;
    let request = telemetry.request();
    assert_eq!(request.number("http.request.body.size"), Some(10_000));
    assert_eq!(request.number("http.response.body.size"), Some(20_000));
    assert!(telemetry.samples("http_request_size_bytes_sum")[0].ends_with(" 10000"));
    assert!(telemetry.samples("http_response_size_bytes_sum")[0].ends_with(" 20000"));
}

#[tokio::test]
async fn of_a_body_that_is_not_read_the_announced_size_counts() {
    let app = Router::new().route("/", post(|| async { "no" }));
    let (telemetry, _) = serve(app.layer(layer()), &with_body("/", "12345")).await;
    assert_eq!(telemetry.request().number("http.request.body.size"), Some(5));
}

#[tokio::test]
async fn of_a_body_without_announced_size_what_was_read_counts() {
    let some = |mut body: Body| async move {
        let frame = body.frame().await.unwrap().unwrap();
        frame.into_data().unwrap().len().to_string()
    };
    let app = Router::new().route("/", post(some)).layer(layer());
    // Of the second chunk nothing comes.
    let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let (telemetry, answer) = serve(app, head).await;
    assert!(answer.ends_with('3'), "{answer}");
    assert_eq!(telemetry.request().number("http.request.body.size"), Some(3));
}

#[tokio::test]
async fn what_a_limit_refuses_is_told_by_its_announced_size() {
    let app = Router::new().route("/", post(|_: Bytes| async {})).layer(DefaultBodyLimit::max(4)).layer(layer());
    let (telemetry, _) = serve(app, &with_body("/", "0123456789")).await;
    let request = telemetry.request();
    assert_eq!(request.number("http.response.status_code"), Some(413));
    assert_eq!(request.number("http.request.body.size"), Some(10));
    assert!(!request.is_error());
}

#[tokio::test]
async fn responses_without_a_body_are_whole() {
    let app = || Router::new().route("/text", get(|| async { "text" })).route("/none", get(|| async { StatusCode::NO_CONTENT }));
    for (method, path, status) in [("HEAD", "/text", 200), ("GET", "/none", 204)] {
        let (telemetry, _) = serve(app().layer(layer()), &bare(method, path)).await;
        let request = telemetry.request();
        assert_eq!(request.number("http.response.status_code"), Some(status));
        assert_eq!(request.number("http.response.body.size"), Some(0));
        assert_eq!((request.text("error.type"), telemetry.access()["ended"].as_str()), (None, Some("ok")));
    }
}
