//! What the span of a request tells, and what metrics are made of it.

use std::{collections::BTreeSet, net::IpAddr};

use axum::{
    Router,
    routing::{any, get},
};
use llm_span::propagation::RequestNames;
use opentelemetry::trace::SpanKind;

use crate::support::{bare, layer, serve};

fn app() -> Router {
    Router::new().route("/v1/models/{model}", any(|| async { "gpt-4o" }))
}

#[tokio::test]
async fn it_is_of_kind_server_and_called_by_method_and_route() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("GET", "/v1/models/gpt-4o")).await;
    let request = telemetry.request();
    assert_eq!(request.span.name, "GET /v1/models/{model}");
    assert_eq!(request.span.span_kind, SpanKind::Server);
    assert!(!request.is_error());
}

#[tokio::test]
async fn it_is_called_as_the_gateways_where_that_is_asked_for() {
    let layer = layer().names(RequestNames::LlmGateway);
    let (telemetry, _) = serve(app().layer(layer), &bare("GET", "/v1/models/gpt-4o")).await;
    assert_eq!(telemetry.request().span.name, "HTTP GET /v1/models/{model}");
}

#[tokio::test]
async fn it_has_the_attributes_of_the_conventions() {
    let head =
        "GET /v1/models/gpt-4o HTTP/1.1\r\nhost: gateway.example:8080\r\nuser-agent: curl/8.5\r\nconnection: close\r\n\r\n";
    let (telemetry, _) = serve(app().layer(layer()), head).await;
    let request = telemetry.request();
    let texts = [
        ("http.request.method", "GET"),
        ("http.route", "/v1/models/{model}"),
        ("url.path", "/v1/models/gpt-4o"),
        ("url.scheme", "http"),
        ("server.address", "gateway.example"),
        ("user_agent.original", "curl/8.5"),
        ("network.protocol.version", "1.1"),
    ];
    for (key, text) in texts {
        assert_eq!(request.text(key).as_deref(), Some(text), "{key}");
    }
    let numbers = [
        ("server.port", 8080),
        ("http.response.status_code", 200),
        ("http.request.body.size", 0),
        ("http.response.body.size", 6),
    ];
    for (key, number) in numbers {
        assert_eq!(request.number(key), Some(number), "{key}");
    }
    for absent in ["error.type", "http.request.method_original", "client.address", "twinkle.rate_limited", "url.query"] {
        assert!(request.texts().all(|(key, _)| key != absent), "{absent}");
    }
}

#[tokio::test]
async fn it_has_the_gateways_older_attributes_and_its_own_ids() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("GET", "/v1/models/gpt-4o")).await;
    let request = telemetry.request();
    assert_eq!(request.text("http.method").as_deref(), Some("GET"));
    assert_eq!(request.number("http.status_code"), Some(200));
    assert_eq!(request.text("trace_id"), Some(request.span.span_context.trace_id().to_string()));
    assert_eq!(request.text("span_id"), Some(request.span.span_context.span_id().to_string()));
    assert!(request.text("http.request_id").is_some());
}

#[tokio::test]
async fn it_has_twinkles_component_and_whether_it_was_limited() {
    let limited = || async {
        tracing::Span::current().record("twinkle.rate_limited", true);
        axum::http::StatusCode::TOO_MANY_REQUESTS
    };
    let app = Router::new().route("/", get(limited)).layer(layer().component("Gateway"));
    let (telemetry, _) = serve(app, &bare("GET", "/")).await;
    assert_eq!(telemetry.request().text("twinkle.component").as_deref(), Some("Gateway"));
    let rejections = telemetry.samples("twinkle_rate_limit_rejections_total{");
    assert!(matches!(&rejections[..], [one] if one.contains("deployment=\"Gateway\"") && one.ends_with(" 1")), "{rejections:?}");
}

#[tokio::test]
async fn metrics_are_labelled_by_its_route() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("GET", "/v1/models/gpt-4o")).await;
    let expected = "http_requests_total{method=\"GET\",path=\"/v1/models/{model}\",status=\"200\"} 1";
    assert_eq!(telemetry.samples("http_requests_total"), [expected]);
    assert_eq!(telemetry.samples("http_response_size_bytes_sum").len(), 1);
    assert!(telemetry.samples("twinkle_http_requests_total{")[0].ends_with(" 1"));
}

#[tokio::test]
async fn a_path_that_matches_nothing_is_no_label_and_no_name() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("GET", "/admin/4711")).await;
    let request = telemetry.request();
    assert_eq!((request.span.name.as_ref(), request.text("http.route")), ("GET", None));
    assert_eq!(request.text("url.path").as_deref(), Some("/admin/4711"));
    let expected = "http_requests_total{method=\"GET\",path=\"unmatched\",status=\"404\"} 1";
    assert_eq!(telemetry.samples("http_requests_total"), [expected]);
}

#[tokio::test]
async fn a_method_that_is_unknown_is_one_of_a_bounded_set() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("BREW", "/v1/models/pot")).await;
    let request = telemetry.request();
    assert_eq!(request.span.name, "HTTP /v1/models/{model}");
    assert_eq!(request.text("http.request.method").as_deref(), Some("_OTHER"));
    assert_eq!(request.text("http.request.method_original").as_deref(), Some("BREW"));
    assert!(telemetry.samples("http_requests_total")[0].contains("method=\"_OTHER\""));
}

#[tokio::test]
async fn the_query_is_nowhere() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("GET", "/v1/models/gpt-4o?key=sk-secret")).await;
    assert_eq!(telemetry.request().text("url.path").as_deref(), Some("/v1/models/gpt-4o"));
    let all = format!("{:?}{}{:?}", telemetry.spans(), telemetry.log_text(), telemetry.samples(""));
    assert!(!all.contains("sk-secret"), "{all}");
}

#[tokio::test]
async fn it_is_no_llm_call() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("GET", "/v1/models/gpt-4o")).await;
    assert_eq!(telemetry.requests().len(), 1);
    assert!(telemetry.findings.take().is_empty());
    assert!(telemetry.samples("provider_").is_empty());
}

#[tokio::test]
async fn the_clients_address_is_told_where_the_program_finds_it() {
    let found = layer().client_address(|_| Some(IpAddr::from([192, 0, 2, 7])));
    let (telemetry, _) = serve(app().layer(found), &bare("GET", "/v1/models/x")).await;
    assert_eq!(telemetry.request().text("client.address").as_deref(), Some("192.0.2.7"));
}

#[tokio::test]
async fn what_the_program_finds_by_a_panic_is_nothing() {
    let layer = layer().route(|_| panic!("a route")).client_address(|_| panic!("an address"));
    let (telemetry, answer) = serve(app().layer(layer), &bare("GET", "/v1/models/x")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(telemetry.request().text("http.route"), None);
}

#[tokio::test]
async fn it_is_a_child_of_no_other_request_on_the_connection() {
    let kept = bare("GET", "/v1/models/x").replace("connection: close\r\n", "");
    let all = format!("{kept}{kept}{}", bare("GET", "/v1/models/x"));
    let (telemetry, answers) = serve(app().layer(layer()), &all).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 3);
    let traces: BTreeSet<_> =
        telemetry.requests().iter().map(|request| request.span.span_context.trace_id().to_string()).collect();
    assert_eq!(traces.len(), 3);
}
