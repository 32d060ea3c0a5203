//! The line that tells of a request.

use axum::{Router, routing::get};

use crate::support::{bare, layer, serve};

fn app() -> Router {
    let hello = || async {
        tracing::info!("in the handler");
        "hello"
    };
    Router::new().route("/v1/hello", get(hello))
}

fn asked(id: &str) -> String {
    bare("GET", "/v1/hello").replace("\r\n\r\n", &format!("\r\nx-request-id: {id}\r\n\r\n"))
}

#[tokio::test]
async fn it_says_what_was_asked_and_what_came_of_it() {
    let (telemetry, _) = serve(app().layer(layer()), &asked("r-17")).await;
    let line = telemetry.access();
    assert_eq!((&line["target"], &line["level"]), (&"llm_span::access".into(), &"INFO".into()));
    assert_eq!((&line["method"], &line["path"], &line["status"]), (&"GET".into(), &"/v1/hello".into(), &200.into()));
    assert_eq!((&line["request_bytes"], &line["response_bytes"]), (&0.into(), &5.into()));
    assert_eq!((&line["ended"], &line["request_id"]), (&"ok".into(), &"r-17".into()));
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn each_id_stands_in_it_once() {
    let (telemetry, _) = serve(app().layer(layer()), &asked("r-17")).await;
    let span = telemetry.request().span.span_context;
    let text = telemetry.log_text();
    let line = text.lines().find(|line| line.contains("request served")).unwrap();
    for id in [span.trace_id().to_string(), span.span_id().to_string(), "r-17".to_owned()] {
        assert_eq!(line.matches(&id).count(), 1, "{id} in {line}");
    }
    let line = telemetry.access();
    assert_eq!(line["trace_id"], span.trace_id().to_string());
    assert_eq!(line["span_id"], span.span_id().to_string());
}

#[tokio::test]
async fn lines_of_the_handler_have_the_same_ids() {
    let (telemetry, _) = serve(app().layer(layer()), &asked("r-17")).await;
    let (inside, access) = (telemetry.lines("in the handler").remove(0), telemetry.access());
    for key in ["trace_id", "span_id", "request_id"] {
        assert!(access[key].is_string());
        assert_eq!(inside[key], access[key], "{key}");
    }
}

#[tokio::test]
async fn a_path_that_matches_nothing_does_not_stand_in_it() {
    let (telemetry, _) = serve(app().layer(layer()), &bare("GET", "/wp-login.php")).await;
    assert_eq!((&telemetry.access()["path"], &telemetry.access()["status"]), (&"unmatched".into(), &404.into()));
    assert!(!telemetry.log_text().contains("wp-login"));
}

#[tokio::test]
async fn it_is_not_written_where_it_is_not_wanted() {
    let (telemetry, _) = serve(app().layer(layer().access_log(false)), &asked("r-17")).await;
    assert_eq!(telemetry.requests().len(), 1);
    assert!(telemetry.lines("request served").is_empty());
}
