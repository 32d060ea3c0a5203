//! Events of the `log` crate, as `tracing-log` hands them on.

use crate::support::{ids, logs, under};
use serde_json::{Value, json};
use tracing::info_span;
use tracing_log::log::{Level, Record};
use tracing_subscriber::prelude::*;

fn log(level: Level, target: &str) {
    let mut record = Record::builder();
    record.level(level).target(target).file(Some("src/old.rs")).line(Some(7)).module_path(Some("old"));
    tracing_log::format_trace(&record.args(format_args!("from {}", "log")).build()).expect("dispatches");
}

fn keys(line: &Value) -> Vec<&str> {
    line.as_object().expect("object").keys().map(String::as_str).collect()
}

#[test]
fn the_target_is_the_log_records() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || log(Level::Info, "old::\"module\""));
    let line = lines.only();
    assert_eq!((&line["msg"], &line["target"]), (&json!("from log"), &json!("old::\"module\"")));
    assert_eq!(keys(&line), ["level", "msg", "target", "time"], "nothing of the bridge's own");
}

#[test]
fn each_level_is_the_log_records() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        for level in [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace] {
            log(level, "old");
        }
    });
    let levels: Vec<_> = lines.all().iter().map(|line| line["level"].clone()).collect();
    assert_eq!(levels, ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"]);
}

#[test]
fn ids_are_those_of_the_current_span() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("span").in_scope(|| {
            log(Level::Info, "old");
            tracing::info!("new");
        });
    });
    let [old, new] = &lines.all()[..] else { panic!("two lines") };
    assert_eq!(ids(old), ids(new));
}

#[test]
fn the_source_is_the_log_records() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs.with_source(true)), || log(Level::Info, "old"));
    let line = lines.only();
    assert_eq!((&line["file"], &line["line"]), (&json!("src/old.rs"), &json!(7)));
}
