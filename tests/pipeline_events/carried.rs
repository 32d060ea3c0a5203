//! What log lines carry of the spans around them, and what programs carry on to others by OpenTelemetry itself.

use std::{collections::HashMap, io};

use llm_span::{
    Operation, Telemetry, Usage, call,
    pipeline::{LogSettings, PrometheusSettings},
};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _};
use serde_json::Value;
use tracing::{debug_span, error, info_span, warn};

use crate::process::written;

/// Of warnings, in spans that are below them.
pub(crate) fn lines(enabled: bool) {
    let logs = LogSettings::json().filter("warn").span_field("http.request_id", "request_id").llm_fields();
    let telemetry = Telemetry::new().environment([]).service_name("chat").prometheus(PrometheusSettings::default());
    let guard = telemetry.logs(logs).set(move |settings| settings.enabled = enabled).install().expect("telemetry");
    info_span!("request", http.request_id = "r-1").in_scope(|| {
        warn!("in the request");
        warn!(request_id = "of its own", "with an id of its own");
        debug_span!("below").in_scope(|| error!("deep in the request"));
        let answer = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(
            || {
                warn!("in the call");
                Ok::<_, io::Error>("answer")
            },
            |_| Usage::new(128, 64),
        );
        assert!(answer.is_ok());
    });
    info_span!("other").in_scope(|| warn!("in another span"));
    drop(guard.shutdown());
}

/// What OpenTelemetry's own propagator makes of a span.
pub(crate) fn propagation() {
    let telemetry = Telemetry::new().environment([]).service_name("chat").prometheus(PrometheusSettings::default());
    let guard = telemetry.logs(LogSettings::json()).install().expect("telemetry");
    let _baggage = Context::current_with_baggage([KeyValue::new("tenant", "acme")]).attach();
    info_span!("request").in_scope(|| {
        let mut headers = HashMap::new();
        opentelemetry::global::get_text_map_propagator(|propagator| propagator.inject_context(&Context::current(), &mut headers));
        tracing::info!(traceparent = headers["traceparent"], baggage = headers["baggage"], "sent");
    });
    drop(guard.shutdown());
}

/// The lines of the program itself, each as it stands and as an object.
fn told(program: &str) -> Vec<(String, Value)> {
    let (stdout, _) = written(program);
    let object = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
    let lines = stdout.lines().map(|line| (line.to_owned(), object(line)));
    lines.filter(|(_, line)| line["target"] == module_path!()).collect()
}

/// The request's id, the model and the trace of each.
fn carried(lines: &[(String, Value)]) -> Vec<[Option<&str>; 3]> {
    lines.iter().map(|(_, line)| ["msg", "request_id", "model"].map(|key| line.get(key).and_then(Value::as_str))).collect()
}

const CARRIED: [[Option<&str>; 3]; 5] = [
    [Some("in the request"), Some("r-1"), None],
    [Some("with an id of its own"), Some("of its own"), None],
    [Some("deep in the request"), Some("r-1"), None],
    [Some("in the call"), Some("r-1"), Some("gpt-4o")],
    [Some("in another span"), None, None],
];

#[test]
fn lines_carry_the_fields_of_spans_that_are_below_their_level() {
    let lines = told("carried");
    assert_eq!(carried(&lines), CARRIED);
    for (text, line) in &lines {
        assert!(text.matches("\"request_id\":").count() <= 1, "{text}");
        assert!(line["trace_id"].is_string(), "{text}");
    }
}

#[test]
fn they_do_where_telemetry_is_disabled_and_there_is_no_trace() {
    let lines = told("carried disabled");
    assert_eq!(carried(&lines), CARRIED);
    assert!(lines.iter().all(|(_, line)| line.get("trace_id").is_none()), "{lines:?}");
}

#[test]
fn crates_that_propagate_by_opentelemetry_itself_carry_the_trace_and_baggage_on() {
    let lines = told("propagation");
    let [(_, line)] = &lines[..] else { panic!("one line: {lines:?}") };
    let text = |key: &str| line[key].as_str().unwrap();
    assert_eq!(text("traceparent"), format!("00-{}-{}-01", text("trace_id"), text("span_id")));
    assert_eq!(text("baggage"), "tenant=acme");
}

#[test]
fn each_process_is_an_instance_of_its_own() {
    let instance = || {
        let (stdout, _) = written("json");
        let ids: Vec<String> = stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|span| Some(span["resource"]["service.instance.id"].as_str()?.to_owned()))
            .collect();
        assert!(ids.len() > 1 && ids.iter().all(|id| *id == ids[0] && id.len() == 36), "{ids:?}");
        ids[0].clone()
    };
    assert_ne!(instance(), instance());
}
