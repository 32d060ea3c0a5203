//! Responses that end with trailers: those of gRPC do, and nothing may follow.

use std::{convert::Infallible, task::Poll};

use axum::{
    Router,
    body::{Body, Bytes},
    routing::get,
};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use llm_span::propagation::ServerLayer;

use crate::{
    by_hand::{call, poll_once},
    support::{Telemetry, layer, serve},
};

/// Data, then trailers; it does not say that they are the last.
fn with_trailers() -> Body {
    let trailers = HeaderMap::from_iter([(http::HeaderName::from_static("x-checksum"), HeaderValue::from_static("17"))]);
    let frames = [Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"data"))), Ok(Frame::trailers(trailers))];
    Body::new(StreamBody::new(stream::iter(frames)))
}

fn app() -> Router {
    let answer = || async { ([("trailer", "x-checksum")], with_trailers()) };
    Router::new().route("/", get(answer)).layer(layer())
}

fn is_whole(telemetry: &Telemetry) {
    let request = telemetry.request();
    assert_eq!((request.text("error.type"), telemetry.access()["ended"].as_str()), (None, Some("ok")));
    assert_eq!(request.number("http.response.body.size"), Some(4));
}

#[tokio::test]
async fn a_chunked_response_with_trailers_is_whole() {
    let request = "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\nconnection: close\r\n\r\n";
    let (telemetry, answer) = serve(app(), request).await;
    assert!(answer.contains("x-checksum: 17"), "{answer}");
    is_whole(&telemetry);
}

#[tokio::test]
async fn so_is_one_over_http_2() {
    let telemetry = Telemetry::install();
    let (ours, theirs) = tokio::io::duplex(4_096);
    let served = tokio::spawn(async move {
        let server = auto::Builder::new(TokioExecutor::new());
        assert!(server.serve_connection(TokioIo::new(theirs), TowerToHyperService::new(app())).await.is_ok());
    });
    let (mut client, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(ours)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::get("http://a/").body(Body::empty()).unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["x-checksum"], "17");
    drop(client);
    connection.await.unwrap().unwrap();
    served.await.unwrap();
    is_whole(&telemetry);
}

#[test]
fn a_body_that_is_dropped_after_its_trailers_is_whole() {
    let telemetry = Telemetry::install();
    let answer = |_| std::future::ready(Ok::<_, Infallible>(Response::new(with_trailers())));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let Poll::Ready(Ok(mut response)) = poll_once(call(&ServerLayer::new(), request, answer)) else { panic!("pends") };
    for _ in 0..2 {
        assert!(matches!(poll_once(response.body_mut().frame()), Poll::Ready(Some(Ok(_)))));
    }
    drop(response);
    is_whole(&telemetry);
}

#[test]
fn a_request_that_ends_with_trailers_was_read_to_its_end() {
    let telemetry = Telemetry::install();
    let answer = |request: Request<llm_span::propagation::RequestBody<Body>>| {
        let mut body = request.into_body();
        for _ in 0..2 {
            assert!(matches!(poll_once(body.frame()), Poll::Ready(Some(Ok(_)))));
        }
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    };
    // Wrongly announced: what was read counts.
    let request = Request::post("/").header("content-length", "17").body(with_trailers()).unwrap();
    drop(poll_once(call(&ServerLayer::new(), request, answer)));
    assert_eq!(telemetry.request().number("http.request.body.size"), Some(4));
}
