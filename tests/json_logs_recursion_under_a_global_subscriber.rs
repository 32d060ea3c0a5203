//! Values and writers that log while they are logged: only a global subscriber hears them.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail the test")]

use llm_span::{DroppedLines, JsonLogs};
use serde_json::{Value, json};
use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static DROPPED: OnceLock<DroppedLines> = OnceLock::new();
/// One test at a time: they share the process's one subscriber.
static TURN: Mutex<()> = Mutex::new(());

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        // Held while the event below is emitted: a second write from this thread would wait forever.
        let mut lines = LINES.lock().unwrap();
        let text = String::from_utf8(piece.to_vec()).unwrap();
        if text.contains("the writer logs") {
            info!("from the writer");
        }
        lines.push(text);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start() -> (MutexGuard<'static, ()>, &'static DroppedLines) {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let dropped = DROPPED.get_or_init(|| {
        let logs = JsonLogs::new(|| Writer).with_span_field("shown");
        let dropped = logs.dropped();
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(logs)).unwrap();
        dropped
    });
    LINES.lock().unwrap().clear();
    (turn, dropped)
}

fn lines() -> Vec<Value> {
    LINES.lock().unwrap().iter().map(|line| serde_json::from_str(line).expect("valid JSON")).collect()
}

/// Emits an event when shown.
struct Logs;

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(inner = 1, "from within");
        f.write_str("shown")
    }
}

#[test]
fn an_event_emitted_by_a_value_has_a_line_of_its_own() {
    let (_turn, _) = start();
    info_span!("span").in_scope(|| info!(before = 1, value = ?Logs, after = 2, "outer"));
    let [inner, outer] = &lines()[..] else { panic!("two lines: {:#?}", lines()) };
    assert_eq!((&inner["msg"], &inner["inner"]), (&json!("from within"), &json!(1)));
    assert_eq!((&outer["before"], &outer["value"], &outer["after"]), (&json!(1), &json!("shown"), &json!(2)));
    assert_eq!(inner["trace_id"], outer["trace_id"]);
}

#[test]
fn a_span_field_that_logs_is_carried_all_the_same() {
    let (_turn, _) = start();
    info_span!("span", shown = ?Logs).in_scope(|| info!("outer"));
    let lines = lines();
    assert_eq!(lines.last().expect("a line")["shown"], "shown");
}

/// Emits an event with itself in it when shown.
struct Endless;

impl fmt::Debug for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(endless = ?Endless, "again");
        f.write_str("shown")
    }
}

#[test]
fn a_value_that_logs_itself_ends_and_is_counted() {
    let (_turn, dropped) = start();
    let before = dropped.count();
    info!(endless = ?Endless, "first");
    let lines = lines();
    assert_eq!(lines.len(), 5);
    assert!(lines.iter().all(|line| line["endless"] == "shown"), "{lines:#?}");
    assert_eq!(dropped.count() - before, 1);
}

#[test]
fn a_writer_that_logs_does_not_wait_for_itself() {
    let (_turn, dropped) = start();
    let before = dropped.count();
    info!("the writer logs");
    assert_eq!(lines().len(), 1);
    assert_eq!(dropped.count() - before, 1);
}
