//! In which trace a request and all below it stand.

use std::{collections::BTreeMap, convert::Infallible, future::ready, task::Poll};

use axum::{
    Router,
    body::{Body, Bytes},
    routing::post,
};
use futures_util::StreamExt as _;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use llm_span::{
    Correlation,
    propagation::{RequestBody, ServerLayer, inject},
};
use opentelemetry_sdk::trace::SpanData;
use tracing::{Instrument as _, info_span};

use crate::{
    by_hand::{call, poll_once},
    support::{Serving, Telemetry, keep_callsites, layer, serve},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn sent(more: &str) -> String {
    format!(
        "POST /chat HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 4\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n\
         x-session-id: s-17\r\nx-user-id: anna\r\nbaggage: tenant=acme\r\n{more}\r\nbody"
    )
}

/// A handler with a span of its own, a log line, a stream, and a request that it sends.
fn app() -> Router {
    let chat = |body: Bytes| {
        let work = async move {
            tracing::info!("in the handler");
            let mut headers = HeaderMap::new();
            inject(&mut headers);
            let all: BTreeMap<_, _> =
                headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
            tracing::info!(traceparent = all.get("traceparent"), baggage = all.get("baggage"), "sent on");
            let chunk = move |()| {
                info_span!("in the stream").in_scope(|| tracing::info!("a chunk"));
                Ok::<_, Infallible>(body.clone())
            };
            Body::from_stream(futures_util::stream::iter([()]).map(chunk))
        };
        work.instrument(info_span!("in the handler"))
    };
    Router::new().route("/chat", post(chat))
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.as_str().into_owned())
}

#[tokio::test]
async fn a_request_is_a_child_of_who_sent_it() {
    let (telemetry, _) = serve(app().layer(layer()), &sent("")).await;
    let request = telemetry.request();
    assert_eq!(request.span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(request.span.parent_span_id.to_string(), PARENT);
    assert!(request.span.parent_span_is_remote);
    assert_eq!(request.text("trace_id").as_deref(), Some(TRACE));
    assert_eq!(request.text("span_id"), Some(request.span.span_context.span_id().to_string()));
}

#[tokio::test]
async fn what_the_handler_and_the_stream_open_are_its_children() {
    let (telemetry, _) = serve(app().layer(layer()), &sent("")).await;
    let request = telemetry.request().span.span_context;
    for name in ["in the handler", "in the stream"] {
        let span = telemetry.span(name);
        assert_eq!(span.span_context.trace_id(), request.trace_id(), "{name}");
        assert_eq!(span.parent_span_id, request.span_id(), "{name}");
    }
}

#[tokio::test]
async fn log_lines_of_handler_and_stream_stand_in_the_trace() {
    let (telemetry, _) = serve(app().layer(layer()), &sent("")).await;
    for message in ["in the handler", "a chunk", "request served"] {
        assert_eq!(telemetry.lines(message)[0]["trace_id"], TRACE, "{message}");
    }
}

#[tokio::test]
async fn every_span_carries_the_ids_of_session_and_user() {
    let (telemetry, _) = serve(app().layer(layer()), &sent("")).await;
    let spans = telemetry.spans();
    assert_eq!(spans.len(), 3);
    for span in &spans {
        assert_eq!(attribute(span, "session.id").as_deref(), Some("s-17"), "{}", span.name);
        assert_eq!(attribute(span, "user.id").as_deref(), Some("anna"), "{}", span.name);
    }
    assert_eq!(telemetry.request().text("twinkle.session_id").as_deref(), Some("s-17"));
}

#[tokio::test]
async fn every_line_may_have_the_ids_of_session_and_user() {
    let (telemetry, _) = serve(app().layer(layer()), &sent("")).await;
    for message in ["in the handler", "a chunk", "request served"] {
        let line = &telemetry.lines(message)[0];
        assert_eq!((&line["session_id"], &line["user_id"]), (&"s-17".into(), &"anna".into()), "{message}");
    }
}

#[tokio::test]
async fn what_it_sends_names_the_nearest_span_and_passes_baggage_on() {
    let (telemetry, _) = serve(app().layer(layer()), &sent("")).await;
    let handler = telemetry.span("in the handler").span_context.span_id();
    let line = &telemetry.lines("sent on")[0];
    assert_eq!(line["traceparent"], format!("00-{TRACE}-{handler}-01"));
    assert_eq!(line["baggage"], "tenant=acme");
}

#[tokio::test]
async fn an_untrusted_request_begins_a_trace_of_its_own_linked_to_the_other() {
    let (telemetry, _) = serve(app().layer(layer().untrusted()), &sent("x-forwarded-proto: https\r\n")).await;
    let request = telemetry.request();
    assert_ne!(request.span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(request.span.parent_span_id.to_string(), "0000000000000000");
    let links: Vec<_> = request.span.links.iter().map(|link| link.span_context.trace_id().to_string()).collect();
    assert_eq!(links, [TRACE]);
    assert_eq!(request.text("url.scheme").as_deref(), Some("http"));
}

#[tokio::test]
async fn an_untrusted_requests_ids_and_baggage_are_not_taken_over() {
    let (telemetry, _) = serve(app().layer(layer().untrusted()), &sent("")).await;
    for span in telemetry.spans() {
        assert_eq!((attribute(&span, "session.id"), attribute(&span, "user.id")), (None, None), "{}", span.name);
    }
    let line = &telemetry.lines("sent on")[0];
    assert!(line["traceparent"].is_string() && line.get("baggage").is_none(), "{line}");
    assert!(!telemetry.lines("request served").is_empty() && !telemetry.log_text().contains(TRACE));
}

#[tokio::test]
async fn what_came_is_passed_on_where_nobody_listens() {
    keep_callsites();
    let echo = || async {
        let mut headers = HeaderMap::new();
        inject(&mut headers);
        let session = Correlation::current().session_id().map(str::to_owned);
        format!("{:?} {:?} {session:?}", headers.get("traceparent"), headers.get("baggage"))
    };
    let serving = Serving::start(Router::new().route("/chat", post(echo)).layer(ServerLayer::new())).await;
    let answer = serving.raw(&sent("")).await;
    serving.stop().await;
    let expected = format!("Some(\"00-{TRACE}-{PARENT}-01\") Some(\"tenant=acme\") Some(\"s-17\")");
    assert!(answer.ends_with(&expected), "{answer}");
}

#[test]
fn a_body_that_is_read_elsewhere_stands_in_its_request() {
    let telemetry = Telemetry::install();
    let chunk = |()| {
        tracing::info!("read");
        Ok::<_, Infallible>(Bytes::from_static(b"1"))
    };
    let body = Body::from_stream(futures_util::stream::iter([()]).map(chunk));
    let mut taken = None;
    let take = |request: Request<RequestBody<Body>>| {
        taken = Some(request.into_body());
        ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    };
    let answered = poll_once(call(&ServerLayer::new(), Request::post("/").body(body).unwrap(), take));
    let mut body = taken.unwrap();
    assert!(matches!(poll_once(body.frame()), Poll::Ready(Some(Ok(_)))));
    drop(answered);
    let request = telemetry.request();
    assert_eq!(telemetry.lines("read")[0]["span_id"], request.span.span_context.span_id().to_string());
    assert_eq!(request.number("http.request.body.size"), Some(1));
}

#[test]
fn nothing_of_a_request_is_current_outside_of_its_polls() {
    let telemetry = Telemetry::install();
    let mut headers = HeaderMap::new();
    headers.insert("x-session-id", "s-17".parse().unwrap());
    headers.insert("traceparent", format!("00-{TRACE}-{PARENT}-01").parse().unwrap());
    let mut request = Request::get("/").body(Body::empty()).unwrap();
    *request.headers_mut() = headers;
    let mut waiting =
        Box::pin(call(&ServerLayer::new(), request, |_| std::future::pending::<Result<Response<Body>, Infallible>>()));
    assert!(poll_once(waiting.as_mut()).is_pending());
    tracing::info!("between");
    assert!(Correlation::current().is_empty() && tracing::Span::current().is_none());
    assert!(telemetry.lines("between")[0].get("trace_id").is_none());
}
