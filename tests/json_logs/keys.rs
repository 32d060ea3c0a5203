//! Keys go by the names the user chose.

use crate::support::{Lines, logs, under};
use llm_span::{JsonKey, JsonLogs};
use serde_json::{Map, Value, json};
use tracing::{info, info_span};
use tracing_subscriber::{prelude::*, reload};

const ALL: [JsonKey; 7] =
    [JsonKey::Time, JsonKey::Level, JsonKey::Message, JsonKey::Target, JsonKey::TraceId, JsonKey::SpanId, JsonKey::TraceFlags];

#[test]
fn a_key_goes_by_its_new_name() {
    let (logs, lines) = logs();
    let logs = logs.with_key(JsonKey::Time, "@timestamp").with_key(JsonKey::TraceId, "trace\"id");
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("span").in_scope(|| info!(time = "mine", "hello"));
    });
    let line = lines.only();
    assert!(line["@timestamp"].is_string() && line["trace\"id"].is_string(), "{line}");
    assert_eq!((line.get("trace_id"), &line["time"]), (None, &json!("mine")));
}

#[test]
fn a_key_that_is_left_out_frees_its_name() {
    let (logs, lines) = logs();
    let logs = logs.without_key(JsonKey::TraceFlags).without_key(JsonKey::Message);
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("span").in_scope(|| info!(trace_flags = "mine", msg = "mine", "hello"));
    });
    let line = lines.only();
    assert_eq!((&line["trace_flags"], &line["msg"]), (&json!("mine"), &json!("mine")));
}

#[test]
fn a_line_may_have_no_keys_at_all() {
    let (logs, lines) = logs();
    let logs = ALL.into_iter().fold(logs, llm_span::JsonLogs::without_key);
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("span").in_scope(|| info!("hello"));
        info!(user = "alice");
    });
    assert_eq!(lines.pieces(), ["{}\n", "{\"user\":\"alice\"}\n"]);
}

#[test]
fn each_key_can_be_the_only_one() {
    for only in ALL {
        let (mut logs, lines) = logs();
        for key in ALL.into_iter().filter(|key| *key != only) {
            logs = logs.without_key(key);
        }
        under(tracing_subscriber::registry().with(logs), || {
            info_span!("span").in_scope(|| info!("hello"));
        });
        assert_eq!(lines.only().as_object().map(Map::len), Some(1), "{only:?}");
    }
}

#[test]
fn two_keys_of_one_name_are_both_written() {
    let (logs, lines) = logs();
    let logs = logs.with_key(JsonKey::Message, "level");
    under(tracing_subscriber::registry().with(logs), || info!("hello"));
    let line: Value = lines.only();
    assert_eq!((&line["level"], &line["field.level"]), (&json!("INFO"), &json!("hello")));
}

#[test]
fn a_layer_that_is_reconfigured_while_it_runs_writes_by_its_new_keys() {
    llm_span::testing::keep_callsites_open();
    let lines = Lines::default();
    let (layer, handle) = reload::Layer::new(Some(JsonLogs::new(lines.clone())));
    let log = || tracing::info!(n = 5, "line");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let _entered = tracing::info_span!("chat").entered();
        log();
        let renamed = |logs: JsonLogs<Lines>| logs.with_key(JsonKey::Time, "timestamp").with_key(JsonKey::TraceId, "trace");
        handle.modify(|layer| *layer = layer.take().map(renamed)).expect("the layer is there");
        log();
    });
    let [before, after] = &lines.all()[..] else { panic!("two lines") };
    assert!(before["time"].is_string() && before["trace_id"].is_string(), "{before}");
    assert!(after["timestamp"].is_string() && after["trace"] == before["trace_id"], "{after}");
}
