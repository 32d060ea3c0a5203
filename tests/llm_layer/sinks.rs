//! Findings in a log: JSON lines, one a minute for the same finding at the same place, never on the thread of the call.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use llm_span::{
    CollectFindings, CountFindings, FindingSink, LlmLayer, LogFindings, Operation, Usage, call, contract::FindingKind,
};
use tracing_subscriber::prelude::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn parsed(&self) -> Vec<serde_json::Value> {
        let bytes = self.0.lock().unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn with_sink(sink: impl FindingSink, run: impl FnOnce()) {
    llm_span::testing::keep_callsites_open();
    let layer = LlmLayer::builder().findings(sink).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), run);
}

fn without_usage() {
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
}

#[test]
fn the_same_finding_at_the_same_place_is_logged_once_a_minute() {
    let lines = Lines::default();
    let log = Arc::new(LogFindings::new(lines.clone()));
    with_sink(Arc::clone(&log), || (0..100).for_each(|_| without_usage()));
    assert!(log.flush(Duration::from_secs(10)));
    let lines = lines.parsed();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert_eq!(lines[0]["finding"], "missing-attribute");
    assert_eq!(lines[0]["attribute"], "llm.tokens.prompt");
    assert_eq!(lines[0]["contract"], "amtp");
    assert!(lines[0]["file"].as_str().unwrap().ends_with("sinks.rs"));
    assert_eq!(lines[0]["trace_id"].as_str().unwrap().len(), 32);
}

#[test]
fn what_is_queued_is_written_when_the_sink_is_dropped() {
    let lines = Lines::default();
    with_sink(LogFindings::new(lines.clone()), without_usage);
    assert_eq!(lines.parsed().len(), 5);
}

/// Waits for ever.
struct Stalled;

impl Write for Stalled {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        loop {
            std::thread::park();
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_stalls_does_not_stall_the_calls() {
    let log = Arc::new(LogFindings::new(Stalled));
    std::mem::forget(Arc::clone(&log)); // dropping it would wait for the writer
    with_sink(log, || (0..50).for_each(|_| without_usage()));
}

#[test]
fn a_flush_gives_up_in_time_though_the_queue_is_full() {
    let log = Arc::new(LogFindings::new(Stalled));
    std::mem::forget(Arc::clone(&log));
    with_sink(Arc::clone(&log), || {
        // Each at a place of its own, five findings a call.
        (0..300_i64).for_each(|line| drop(tracing::info_span!("llm.completion", code.file.path = "f", code.line.number = line)));
    });
    assert!(log.dropped() > 0, "the queue is not full");
    let start = Instant::now();
    assert!(!log.flush(Duration::from_millis(50)));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Panics.
struct Panicking;

impl Write for Panicking {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("the writer has a defect")
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_a_writer_loses_that_panics_is_told() {
    let log = Arc::new(LogFindings::new(Panicking));
    with_sink(Arc::clone(&log), without_usage);
    assert!(!log.flush(Duration::from_secs(10)));
    assert_eq!(log.dropped(), 5);
}

/// Always fails.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("disk full"))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_loses_lines_and_nothing_else() {
    let log = Arc::new(LogFindings::new(Broken));
    with_sink(Arc::clone(&log), without_usage);
    assert!(log.flush(Duration::from_secs(10)));
}

#[test]
fn findings_are_counted_by_kind() {
    let count = CountFindings::default();
    with_sink(count.clone(), || (0..10).for_each(|_| without_usage()));
    assert_eq!((count.of(FindingKind::MissingAttribute), count.total()), (50, 50));
}

#[test]
fn a_collection_is_bounded_and_two_sinks_get_the_same() {
    let (few, all) = (CollectFindings::bounded(2), CollectFindings::default());
    with_sink((few.clone(), all.clone()), without_usage);
    assert_eq!((few.take().len(), few.dropped(), all.take().len()), (2, 3, 5));
}
