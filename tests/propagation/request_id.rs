//! What a request is called.

use axum::{
    Extension, Router,
    http::{HeaderMap, HeaderValue},
    routing::get,
};
use llm_span::propagation::{RequestId, ServerLayer};

use crate::support::{Serving, keep_callsites, layer, serve};

fn app() -> Router {
    let id = |Extension(id): Extension<RequestId>| async move { id.to_string() };
    let own = || async { (HeaderMap::from_iter([("x-request-id".parse().unwrap(), HeaderValue::from_static("own"))]), "") };
    Router::new().route("/", get(id)).route("/own", get(own))
}

fn asked(path: &str, header: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{header}\r\n")
}

/// The id in the response's header, and its body.
fn answered(answer: &str) -> (&str, &str) {
    let ids: Vec<_> = answer.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
    assert_eq!(ids.len(), 1, "{answer}");
    (ids[0], answer.split("\r\n\r\n").nth(1).unwrap())
}

#[tokio::test]
async fn the_clients_is_taken_and_told_everywhere() {
    let (telemetry, answer) = serve(app().layer(layer()), &asked("/", "x-request-id: r-17\r\n")).await;
    assert_eq!(answered(&answer), ("r-17", "r-17"));
    assert_eq!(telemetry.request().text("http.request_id").as_deref(), Some("r-17"));
}

#[tokio::test]
async fn without_one_or_with_a_strange_one_it_is_a_new_one() {
    for header in ["", "x-request-id: a b\r\n", "x-request-id: <script>\r\n", "x-request-id: a\r\nx-request-id: b\r\n"] {
        let (telemetry, answer) = serve(app().layer(layer()), &asked("/", header)).await;
        let (told, seen) = answered(&answer);
        assert_eq!(told, seen);
        assert!(uuid::Uuid::parse_str(told).is_ok_and(|id| id.get_version_num() == 4), "{told}");
        assert_eq!(telemetry.request().text("http.request_id").as_deref(), Some(told));
    }
}

#[tokio::test]
async fn of_an_untrusted_request_it_is_a_new_one() {
    let (telemetry, answer) = serve(app().layer(layer().untrusted()), &asked("/", "x-request-id: r-17\r\n")).await;
    let (told, seen) = answered(&answer);
    assert!(uuid::Uuid::parse_str(told).is_ok_and(|id| id.get_version_num() == 4), "{told}");
    assert_eq!((told, telemetry.request().text("http.request_id").as_deref()), (seen, Some(told)));
    assert!(!telemetry.log_text().contains("r-17"));
}

#[tokio::test]
async fn what_the_service_itself_tells_stays() {
    let (_, answer) = serve(app().layer(layer()), &asked("/own", "x-request-id: r-17\r\n")).await;
    assert_eq!(answered(&answer).0, "own");
}

#[tokio::test]
async fn it_is_there_where_nobody_listens() {
    keep_callsites();
    let serving = Serving::start(app().layer(ServerLayer::new())).await;
    let answer = serving.raw(&asked("/", "x-request-id: r-17\r\n")).await;
    serving.stop().await;
    assert_eq!(answered(&answer), ("r-17", "r-17"));
}
