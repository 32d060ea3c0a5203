//! Spans as JSON lines, beside log lines on the same stream.

use serde_json::{Value, json};

use crate::process::written;

/// Spans and log lines, told apart by what only spans have.
fn lines() -> (Vec<Value>, Vec<Value>) {
    let (stdout, _) = written("json");
    let lines = stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    lines.partition(|line: &Value| line.get("start_time").is_some())
}

#[test]
fn spans_are_objects_with_typed_attributes_parents_and_the_resource() {
    let (spans, _) = lines();
    let names: Vec<_> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["llm.completion", "llm.completion", "request", "request"]);
    let [answered, failed, one, other] = &*spans else { panic!("{spans:?}") };
    let request = if one["attributes"]["path"] == "/chat" { one } else { other };
    for call in [answered, failed] {
        assert_eq!((&call["parent_span_id"], &call["trace_id"]), (&request["span_id"], &request["trace_id"]));
    }
    assert_ne!(one["trace_id"], other["trace_id"], "each request has a trace of its own");
    assert_eq!(request["parent_span_id"], Value::Null);
    assert_eq!(request["attributes"]["attempts"], json!(2));
    assert_eq!(answered["attributes"]["llm.tokens.total"], json!(192));
    assert_eq!(answered["attributes"]["session.id"], json!("s1"));
    assert_eq!((&answered["status"]["code"], &answered["kind"]), (&json!("unset"), &json!("client")));
    assert_eq!(failed["status"], json!({"code": "error", "message": ""}));
    assert!(spans.iter().all(|span| span["resource"]["service.name"] == "chat"));
    assert!(answered["duration_ms"].as_f64().unwrap() >= 0.0);
    assert!(answered["start_time"].as_str().unwrap() <= answered["end_time"].as_str().unwrap());
}

#[test]
fn log_lines_have_the_ids_of_their_spans() {
    let (spans, logs) = lines();
    let log = |message: &str| logs.iter().find(|line| line["msg"] == message).unwrap_or_else(|| panic!("{message}: {logs:?}"));
    let ids = |of: &Value| (of["trace_id"].clone(), of["span_id"].clone());
    let call = spans.iter().find(|span| span["attributes"]["llm.tokens.total"] == 192).expect("a call");
    assert_eq!(ids(log("response generated")), ids(call));
    let request = spans.iter().find(|span| span["attributes"]["path"] == "/chat").expect("a request");
    assert_eq!(ids(log("no provider answers")), ids(request));
}

#[test]
fn a_component_given_by_opentelemetrys_own_interface_counts_from_the_first_span_on() {
    let (stdout, _) = written("native component");
    let lines: Vec<Value> = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let spans = lines.iter().filter(|line| line.get("start_time").is_some());
    let scopes: Vec<_> = spans.map(|span| (&span["name"], &span["scope"]["name"])).collect();
    let scope = json!("twinkle.server.Model");
    assert_eq!(scopes, [(&json!("token"), &scope), (&json!("generate"), &scope)]);
}
