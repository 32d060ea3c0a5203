//! How requests end, over TCP.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Instant, SystemTime},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::StatusCode,
    routing::get,
};
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{mpsc, oneshot},
};

use crate::support::{Serving, Telemetry, bare, layer, serve};

type Chunks = mpsc::Sender<Result<Bytes, io::Error>>;

/// A response of what is sent through the channel.
fn streamed() -> (Chunks, Router) {
    let (sender, receiver) = mpsc::channel(1);
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    let handler = move || async move {
        let receiver: Option<mpsc::Receiver<_>> = receiver.lock().unwrap().take();
        let next = |mut receiver: mpsc::Receiver<_>| async move { Some((receiver.recv().await?, receiver)) };
        Body::from_stream(stream::unfold(receiver.unwrap(), next))
    };
    (sender, Router::new().route("/stream", get(handler)).layer(layer()))
}

/// Reads until the text has come.
async fn read_until(client: &mut TcpStream, text: &str) {
    let mut seen = String::new();
    while !seen.contains(text) {
        let mut part = [0; 1_024];
        let read = client.read(&mut part).await.unwrap();
        assert!(read > 0, "it ends at {seen:?}");
        seen.push_str(&String::from_utf8_lossy(&part[..read]));
    }
}

#[tokio::test]
async fn a_stream_is_a_request_until_its_last_chunk() {
    let telemetry = Telemetry::install();
    let (chunks, app) = streamed();
    let serving = Serving::start(app).await;
    let mut client = serving.connect(&bare("GET", "/stream")).await;
    chunks.send(Ok(Bytes::from_static(b"first"))).await.unwrap();
    read_until(&mut client, "first").await;
    let answered = Instant::now();
    assert!(telemetry.spans().is_empty() && telemetry.lines("request served").is_empty());

    let (before_the_last, so_far) = (SystemTime::now(), answered.elapsed());
    chunks.send(Ok(Bytes::from_static(b"last"))).await.unwrap();
    drop(chunks);
    read_until(&mut client, "last").await;
    serving.stop().await;

    let request = telemetry.request();
    assert!(request.span.end_time >= before_the_last);
    assert_eq!(request.number("http.response.body.size"), Some(9));
    assert_eq!((request.text("error.type"), telemetry.access()["ended"].as_str()), (None, Some("ok")));
    assert!(telemetry.access()["duration_ms"].as_f64().unwrap() >= so_far.as_secs_f64() * 1_000.0);
}

#[tokio::test]
async fn a_client_that_hangs_up_half_way_is_no_error_of_the_server() {
    let telemetry = Telemetry::install();
    let (chunks, app) = streamed();
    let serving = Serving::start(app).await;
    let mut client = serving.connect(&bare("GET", "/stream")).await;
    chunks.send(Ok(Bytes::from_static(b"first"))).await.unwrap();
    read_until(&mut client, "first").await;
    drop(client);
    chunks.closed().await;
    serving.stop().await;

    let request = telemetry.request();
    assert!(!request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("cancelled"));
    assert_eq!(request.number("http.response.status_code"), Some(200));
    assert_eq!(request.number("http.response.body.size"), Some(5));
    assert_eq!(telemetry.access()["ended"], "cancelled");
}

#[tokio::test]
async fn a_client_that_goes_before_the_answer_leaves_a_request_without_status() {
    let telemetry = Telemetry::install();
    let (begun, is_begun) = oneshot::channel();
    let begun = Arc::new(Mutex::new(Some(begun)));
    let handler = move || async move {
        let _ = begun.lock().unwrap().take().unwrap().send(());
        std::future::pending::<()>().await;
    };
    let serving = Serving::start(Router::new().route("/", get(handler)).layer(layer())).await;
    let mut client = serving.connect(&bare("GET", "/")).await;
    is_begun.await.unwrap();
    client.shutdown().await.unwrap();
    drop(client);
    serving.stop().await;

    let request = telemetry.request();
    assert!(!request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("cancelled"));
    assert_eq!((request.number("http.response.status_code"), request.number("http.status_code")), (None, None));
    assert_eq!(telemetry.samples("http_requests_total"), ["http_requests_total{method=\"GET\",path=\"/\"} 1"]);
}

#[tokio::test]
async fn a_handler_that_panics_is_told_as_such() {
    let panics = || async { if tracing::Span::current().is_none() { "outside" } else { panic!("a handler") } };
    let app = Router::new().route("/", get(panics)).layer(layer());
    let (telemetry, answer) = serve(app, &bare("GET", "/")).await;
    assert_eq!(answer, "");
    let request = telemetry.request();
    assert!(request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("panic"));
    // What was answered is not known: it counts as an error of the server all the same.
    assert_eq!((request.number("http.response.status_code"), request.number("http.status_code")), (Some(500), Some(500)));
    assert_eq!((&telemetry.access()["ended"], &telemetry.access()["status"]), (&"panic".into(), &500.into()));
    assert_eq!(telemetry.samples("http_requests_total"), ["http_requests_total{method=\"GET\",path=\"/\",status=\"500\"} 1"]);
}

#[tokio::test]
async fn a_stream_that_panics_is_told_as_such() {
    let panics =
        || async { Body::from_stream(stream::poll_fn(|_| -> std::task::Poll<Option<io::Result<Bytes>>> { panic!("a stream") })) };
    let (telemetry, _) = serve(Router::new().route("/", get(panics)).layer(layer()), &bare("GET", "/")).await;
    let request = telemetry.request();
    assert!(request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("panic"));
    assert_eq!(request.number("http.response.status_code"), Some(200));
}

#[tokio::test]
async fn a_stream_that_fails_is_an_error() {
    let telemetry = Telemetry::install();
    let (chunks, app) = streamed();
    let serving = Serving::start(app).await;
    let client = serving.connect(&bare("GET", "/stream")).await;
    chunks.send(Err(io::Error::other("secret cause"))).await.unwrap();
    chunks.closed().await;
    serving.stop().await;
    drop(client);
    let request = telemetry.request();
    assert!(request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("_OTHER"));
    assert_eq!(telemetry.access()["ended"], "error");
    assert!(!telemetry.log_text().contains("secret cause"));
}

#[tokio::test]
async fn a_status_of_the_server_is_an_error_and_one_of_the_client_is_not() {
    let app = || Router::new().route("/busy", get(|| async { StatusCode::SERVICE_UNAVAILABLE })).layer(layer());
    let (telemetry, _) = serve(app(), &bare("GET", "/busy")).await;
    let request = telemetry.request();
    assert!(request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("503"));
    assert_eq!((&telemetry.access()["ended"], &telemetry.access()["status"]), (&"error".into(), &503.into()));

    let (telemetry, _) = serve(app(), &bare("GET", "/nothing")).await;
    let request = telemetry.request();
    assert!(!request.is_error());
    assert_eq!((request.text("error.type"), telemetry.access()["ended"].as_str()), (None, Some("ok")));
}
