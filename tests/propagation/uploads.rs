//! Uploads that the client breaks off.

use std::{convert::Infallible, io};

use axum::{
    Router,
    body::{Body, Bytes},
    http::StatusCode,
    routing::post,
};
use futures_util::StreamExt as _;
use http::{Request, Response};
use llm_span::propagation::{RequestBody, ServerLayer};
use tokio::io::AsyncWriteExt as _;

use crate::{
    by_hand::{call, poll_once},
    support::{Serving, Telemetry, layer},
};

/// Sends half of the body that it has announced, and goes.
async fn break_off(app: Router) -> Telemetry {
    let telemetry = Telemetry::install();
    let serving = Serving::start(app.layer(layer())).await;
    let mut client = serving.connect("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345").await;
    client.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut rest).await;
    serving.stop().await;
    telemetry
}

#[tokio::test]
async fn a_service_that_streams_it_on_is_cancelled_with_it() {
    let telemetry = break_off(Router::new().route("/", post(|body: Body| async { body }))).await;
    let request = telemetry.request();
    assert!(!request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("cancelled"));
    assert_eq!(
        (request.number("http.response.status_code"), telemetry.access()["ended"].as_str()),
        (Some(200), Some("cancelled"))
    );
}

#[tokio::test]
async fn what_the_service_says_of_it_holds() {
    let answer = |status: StatusCode| move |body: Body| async move { (status, body) };
    let telemetry = break_off(Router::new().route("/", post(answer(StatusCode::BAD_GATEWAY)))).await;
    let request = telemetry.request();
    assert!(request.is_error());
    assert_eq!((request.text("error.type").as_deref(), telemetry.access()["ended"].as_str()), (Some("502"), Some("error")));
    let refuse = |body: Body| async { axum::body::to_bytes(body, 100).await.map_err(|_| StatusCode::BAD_REQUEST) };
    let telemetry = break_off(Router::new().route("/", post(refuse))).await;
    let request = telemetry.request();
    assert_eq!((request.text("error.type"), request.number("http.response.status_code")), (None, Some(400)));
}

#[test]
fn a_service_that_fails_by_it_has_no_status() {
    let telemetry = Telemetry::install();
    let fail = |request: Request<RequestBody<Body>>| async {
        let mut body = request.into_body();
        let frame = http_body_util::BodyExt::frame(&mut body).await;
        frame.unwrap().map(|_| Response::new(Body::empty()))
    };
    let broken = futures_util::stream::iter([Err::<Bytes, _>(io::Error::other("gone"))]);
    let request = Request::post("/").body(Body::from_stream(broken)).unwrap();
    assert!(poll_once(call(&ServerLayer::new(), request, fail)).map(|answer| answer.is_err()).is_ready());
    let request = telemetry.request();
    assert!(!request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("cancelled"));
    assert_eq!((request.number("http.response.status_code"), request.number("http.status_code")), (None, None));
}

#[test]
fn a_stream_that_fails_by_itself_is_the_servers_error_as_before() {
    let telemetry = Telemetry::install();
    let fail = |_| async {
        let broken = futures_util::stream::iter([()]).map(|()| Err::<Bytes, _>(io::Error::other("disk")));
        Ok::<_, Infallible>(Response::new(Body::from_stream(broken)))
    };
    let request = Request::post("/").body(Body::empty()).unwrap();
    let std::task::Poll::Ready(Ok(response)) = poll_once(call(&ServerLayer::new(), request, fail)) else { panic!("pends") };
    drop(poll_once(Box::pin(http_body_util::BodyExt::collect(response.into_body()))));
    assert_eq!(telemetry.request().text("error.type").as_deref(), Some("_OTHER"));
    assert!(telemetry.request().is_error());
}
