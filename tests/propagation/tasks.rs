//! Spans that a request opens in tasks and threads, where its ids are not current.

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use llm_span::{
    Correlation,
    propagation::{Carried, ServerLayer, inject},
};
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SpanData;
use tracing::{Instrument as _, Span, info_span};

use crate::support::{Telemetry, layer, serve};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// What the request says beside its ids: its trace, baggage, nothing.
const BESIDE: [&str; 3] =
    ["traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n", "baggage: tier=gold\r\n", ""];

fn asked(beside: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-session-id: s-17\r\nx-user-id: anna\r\n\
         x-telemetry-service: app\r\n{beside}\r\n"
    )
}

/// Work of a task: it opens a span where no ids are current.
async fn work(name: &'static str) {
    tokio::task::yield_now().await;
    assert!(Correlation::current().is_empty());
    info_span!("SELECT", otel.name = name).in_scope(|| ());
}

/// Whether it has the ids of the request, and each once.
fn has_ids(span: &SpanData) {
    let of = |key: &str| {
        let all = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
        all.map(|attribute| attribute.value.as_str().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!([of("session.id"), of("user.id"), of("client.service.name")], [["s-17"], ["anna"], ["app"]], "{}", span.name);
}

async fn all_ways() -> StatusCode {
    let in_current = tokio::spawn(work("in the current span").in_current_span());
    let in_child = tokio::spawn(work("in a child").instrument(info_span!("child")));
    let current = Span::current();
    // Another thread has another subscriber here: its own is told.
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let blocking = move || {
        let select = || info_span!("SELECT", otel.name = "blocking").in_scope(|| ());
        tracing::dispatcher::with_default(&dispatch, || current.in_scope(select));
    };
    let blocking = tokio::task::spawn_blocking(blocking);
    let (one, two, three) = (in_current.await, in_child.await, blocking.await);
    if one.and(two).and(three).is_ok() { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}

#[tokio::test]
async fn they_carry_the_requests_ids() {
    for beside in BESIDE {
        let (telemetry, answer) = serve(Router::new().route("/", get(all_ways)).layer(layer()), &asked(beside)).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let request = telemetry.request();
        has_ids(&request.span);
        assert_eq!(request.span.parent_span_is_remote, beside.starts_with("traceparent"), "{beside}");
        for name in ["in the current span", "in a child", "child", "blocking"] {
            let span = telemetry.span(name);
            has_ids(&span);
            assert_eq!(span.span_context.trace_id(), request.span.span_context.trace_id(), "{name}");
        }
    }
}

#[tokio::test]
async fn an_untrusted_requests_do_not() {
    for beside in BESIDE {
        let app = Router::new().route("/", get(all_ways)).layer(layer().untrusted());
        let (telemetry, _) = serve(app, &asked(beside)).await;
        for span in telemetry.spans() {
            assert!(span.attributes.iter().all(|attribute| attribute.key.as_str() != "session.id"), "{}", span.name);
        }
    }
}

#[tokio::test]
async fn a_request_without_a_trace_stays_below_what_is_current() {
    let telemetry = Telemetry::install();
    let tracer = opentelemetry_sdk::trace::SdkTracerProvider::builder().build().tracer("outer");
    let mut outer = tracer.start("outer");
    let outer_id = outer.span_context().span_id();
    outer.end();
    let context = opentelemetry::trace::TraceContextExt::with_span(&opentelemetry::Context::new(), outer);
    let handler =
        crate::by_hand::Answer(|_| std::future::ready(Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))));
    let request = http::Request::get("/").header("x-session-id", "s-17").body(String::new()).unwrap();
    {
        let _attached = context.attach();
        drop(tower_service::Service::call(&mut tower_layer::Layer::layer(&ServerLayer::new(), handler), request));
    }
    assert_eq!(telemetry.request().span.parent_span_id, outer_id);
}

#[tokio::test]
async fn what_a_task_takes_with_it_has_the_ids_too() {
    let handler = || async {
        let seen = tokio::spawn(async { Carried::current() }.in_current_span()).await.unwrap();
        format!("{:?}", (seen.correlation().session_id(), seen.trace_id().as_deref() == Some(TRACE)))
    };
    let (_, answer) = serve(Router::new().route("/", get(handler)).layer(layer()), &asked(BESIDE[0])).await;
    assert!(answer.ends_with("(Some(\"s-17\"), true)"), "{answer}");
}

#[tokio::test]
async fn work_that_outlives_a_request_stands_in_its_trace_and_does_not_hold_it_up() {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let (done, is_done) = tokio::sync::oneshot::channel();
    let held = std::sync::Mutex::new(Some((wait, done)));
    let held = std::sync::Arc::new(held);
    let handler = move || async move {
        let (wait, done) = held.lock().unwrap().take().unwrap();
        let summarize = async move {
            wait.await.unwrap();
            tracing::info!("summarized");
            info_span!("SELECT").in_scope(|| ());
            let mut headers = HeaderMap::new();
            inject(&mut headers);
            done.send(headers).unwrap();
        };
        tokio::spawn(Carried::current().run_in(info_span!(parent: None, "summary"), summarize));
    };
    let (telemetry, _) = serve(Router::new().route("/", get(handler)).layer(layer()), &asked(BESIDE[0])).await;
    // It has ended, and is counted, while the work goes on.
    let request = telemetry.request().span.span_context;
    assert_eq!(telemetry.samples("http_requests_total").len(), 1);
    go.send(()).unwrap();
    let headers = is_done.await.unwrap();
    tokio::task::yield_now().await;

    let summary = telemetry.span("summary");
    assert_eq!((summary.parent_span_id, summary.span_context.trace_id()), (request.span_id(), request.trace_id()));
    assert_eq!(telemetry.span("SELECT").parent_span_id, summary.span_context.span_id());
    has_ids(&summary);
    has_ids(&telemetry.span("SELECT"));
    assert_eq!(telemetry.lines("summarized")[0]["trace_id"], TRACE);
    assert_eq!(headers["traceparent"], format!("00-{TRACE}-{}-01", summary.span_context.span_id()).as_str());
}
