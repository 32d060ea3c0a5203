//! Requests of those who mean no good.

use std::{convert::Infallible, future::ready, task::Poll};

use axum::body::Body;
use http::{HeaderName, HeaderValue, Request, Response};
use llm_span::propagation::{RequestId, ServerLayer};
use proptest::prelude::*;

use crate::{
    by_hand::{call, poll_once},
    support::{Request as Seen, Telemetry},
};

const NAMES: [&str; 12] = [
    "traceparent",
    "tracestate",
    "baggage",
    "x-request-id",
    "x-session-id",
    "x-user-id",
    "x-telemetry-service",
    "user-agent",
    "host",
    "content-length",
    "x-forwarded-proto",
    "x-forwarded-for",
];

/// Serves it, and gives its span and the id that was told.
fn serve(layer: &ServerLayer, headers: &[(&'static str, Vec<u8>)]) -> (Seen, String) {
    let telemetry = Telemetry::install();
    let mut request = Request::get("/v1/chat").body(Body::empty()).unwrap();
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
    }
    let mut id = None;
    let answer = |request: Request<_>| {
        id = request.extensions().get::<RequestId>().cloned();
        ready(Ok::<_, Infallible>(Response::new(Body::from("answer"))))
    };
    let Poll::Ready(Ok(response)) = poll_once(call(layer, request, answer)) else { panic!("no answer") };
    assert_eq!(response.headers()["x-request-id"], id.as_ref().unwrap().as_str());
    assert_eq!(
        poll_once(Box::pin(http_body_util::BodyExt::collect(response.into_body()))).map(|all| all.is_ok()),
        Poll::Ready(true)
    );
    for line in telemetry.log_text().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    assert!(telemetry.findings.take().is_empty());
    (telemetry.request(), id.unwrap().to_string())
}

/// What holds whatever was sent.
fn is_sober(request: &Seen, id: &str) {
    assert!(request.span.span_context.is_valid());
    assert_eq!(request.span.name, "GET");
    assert_eq!(request.number("http.response.status_code"), Some(200));
    assert_eq!(request.number("http.response.body.size"), Some(6));
    assert!((1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
    for (key, text) in request.texts() {
        assert!(text.chars().count() <= 256, "`{key}` is long");
        assert!(!text.chars().any(char::is_control), "`{key}` is {text:?}");
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let any = prop::collection::vec(prop_oneof![Just(b'\t'), 0x20..=0x7e_u8, 0x80..=0xff_u8], 0..400);
    let near = prop::sample::select(vec![
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "a=b,a=c,=,;;,%00=%0d%0a",
        "user:sk-secret@host:99999",
        "[::1]:8080",
        "-1",
        "18446744073709551616",
        "18446744073709551615",
        "https",
    ]);
    prop_oneof![any, near.prop_map(|text| text.as_bytes().to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_headers_are_the_request_is_served_and_its_span_sober(
        headers in prop::collection::vec((prop::sample::select(NAMES.to_vec()), bytes()), 0..12),
        is_trusted in any::<bool>(),
    ) {
        let layer = if is_trusted { ServerLayer::new() } else { ServerLayer::new().untrusted() };
        let (request, id) = serve(&layer, &headers);
        is_sober(&request, &id);
    }
}

#[test]
fn a_users_password_in_the_host_is_not_recorded() {
    let (request, _) = serve(&ServerLayer::new(), &[("host", b"user:sk-secret@gateway.example:8080".to_vec())]);
    assert_eq!(request.text("server.address").as_deref(), Some("gateway.example"));
    assert_eq!(request.number("server.port"), Some(8080));
    assert!(!format!("{request:?}").contains("sk-secret"));
}

#[test]
fn an_address_of_version_6_stands_without_brackets() {
    let (request, _) = serve(&ServerLayer::new(), &[("host", b"[2001:db8::1]:443".to_vec())]);
    assert_eq!(request.text("server.address").as_deref(), Some("2001:db8::1"));
    assert_eq!(request.number("server.port"), Some(443));
}

#[test]
fn a_size_that_no_number_has_room_for_is_none() {
    for length in ["18446744073709551616", "-1", "+5", "5, 5", ""] {
        let (request, _) = serve(&ServerLayer::new(), &[("content-length", length.as_bytes().to_vec())]);
        assert_eq!(request.number("http.request.body.size"), Some(0), "{length}");
    }
}

#[test]
fn a_long_user_agent_is_cut() {
    let (request, _) = serve(&ServerLayer::new(), &[("user-agent", vec![b'x'; 8_000])]);
    assert_eq!(request.text("user_agent.original").map(|text| text.len()), Some(256));
}
