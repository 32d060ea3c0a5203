//! One layer within another.

use axum::{
    Extension, Router,
    body::Body,
    routing::{get, post},
};
use llm_span::propagation::{RequestId, ServerLayer};

use crate::support::{bare, layer, serve};

const SENT: &str = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: r-17\r\n\
                    traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n";

#[tokio::test]
async fn a_request_has_one_span_one_line_and_one_id() {
    let handler = |Extension(id): Extension<RequestId>| async move {
        tracing::info_span!("handler").in_scope(|| tracing::info!("in the handler"));
        id.to_string()
    };
    let app = Router::new().route("/", get(handler)).layer(ServerLayer::new().component("inner")).layer(layer());
    let (telemetry, answer) = serve(app, SENT).await;
    assert!(answer.ends_with("r-17"), "{answer}");
    assert_eq!(answer.matches("x-request-id").count(), 1);
    let request = telemetry.request();
    assert_eq!((request.text("http.route").as_deref(), request.text("twinkle.component")), (Some("/"), None));
    assert_eq!(telemetry.access()["request_id"], "r-17");
    assert_eq!(telemetry.span("handler").parent_span_id, request.span.span_context.span_id());
    assert_eq!(telemetry.spans().len(), 2);
    let counted = telemetry.samples("http_requests_total");
    assert!(matches!(&counted[..], [one] if one.ends_with(" 1")), "{counted:?}");
}

#[tokio::test]
async fn an_untrusted_one_outside_gives_the_id_to_the_one_inside() {
    let handler = |Extension(id): Extension<RequestId>| async move { id.to_string() };
    let app = Router::new().route("/", get(handler)).layer(ServerLayer::new()).layer(layer().untrusted());
    let (telemetry, answer) = serve(app, SENT).await;
    let id = telemetry.request().text("http.request_id").unwrap();
    assert!(answer.ends_with(&id) && id != "r-17", "{answer}");
    assert_ne!(telemetry.request().span.span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[tokio::test]
async fn its_bodies_and_its_panics_are_told_once() {
    let app = Router::new().route("/", post(|body: Body| async { body })).layer(ServerLayer::new()).layer(layer());
    let request = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 5\r\n\r\n12345";
    let (telemetry, _) = serve(app, request).await;
    let request = telemetry.request();
    assert_eq!(["http.request.body.size", "http.response.body.size"].map(|key| request.number(key)), [Some(5), Some(5)]);
    let panics = || async { if tracing::Span::current().is_none() { "outside" } else { panic!("a handler") } };
    let (telemetry, _) =
        serve(Router::new().route("/", get(panics)).layer(ServerLayer::new()).layer(layer()), &bare("GET", "/")).await;
    assert_eq!(
        (telemetry.request().text("error.type").as_deref(), telemetry.access()["ended"].as_str()),
        (Some("panic"), Some("panic"))
    );
}
