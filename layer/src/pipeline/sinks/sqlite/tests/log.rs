//! The log, while a reader holds the file open.

use std::time::{Duration, Instant, SystemTime};

use opentelemetry::KeyValue;
use rusqlite::Connection;

use super::support::{Bench, data, ended};
use crate::pipeline::{
    event::Event,
    worker::{Patience, Sink as _},
};

/// Spans of about 1 kB each, which began an hour ago.
fn spans(batch: u64) -> Vec<Event> {
    let span = |i| {
        let mut span = data(u128::from(batch * 100 + i + 1) << 64, 1, 0, 0);
        span.start_time = SystemTime::now() - Duration::from_secs(3_600);
        span.end_time = span.start_time;
        span.attributes = vec![KeyValue::new("text", "x".repeat(1_000))];
        ended(span)
    };
    (0..100).map(span).collect()
}

/// A reader that sees the file as it is now, until it is dropped.
fn reader(bench: &Bench) -> Connection {
    let reader = bench.sql();
    reader.execute_batch("BEGIN; SELECT count(*) FROM spans").unwrap();
    reader
}

/// Writes until something is lost; how many spans were, and why.
fn fill(bench: &mut Bench, batches: u64) -> (usize, String) {
    // The sink is impatient after a loss.
    bench.sink.fails = true;
    let failure = (1..=batches).find_map(|batch| bench.write(spans(batch)).err()).expect("the log has a bound");
    (failure.lost, failure.why)
}

#[test]
fn a_reader_that_never_ends_does_not_let_the_file_grow_beyond_its_bound() {
    let bound = 2 << 20;
    let mut bench = Bench::within(bound);
    bench.write(spans(0)).unwrap();
    let held = reader(&bench);
    let (lost, why) = fill(&mut bench, 60);
    assert!(lost > 0);
    assert!(why.starts_with("a reader holds "), "{why}");
    assert!(
        why.contains("telemetry.db-wal can't be emptied and has come to its bound of ")
            && why.ends_with("end that reader's transaction"),
        "{why}"
    );
    for batch in 100..103 {
        let failure = bench.write(spans(batch)).unwrap_err();
        assert_eq!(failure.lost, 100, "it is given up as a whole");
        bench.sink.rest();
    }
    assert!(bench.size() <= bound, "{}", bench.size());
    drop(held);
    bench.write(spans(200)).unwrap();
    assert!(bench.size() <= bound, "{}", bench.size());
    assert_eq!(bench.text("PRAGMA integrity_check"), "ok");
}

#[test]
fn a_file_without_a_bound_has_one_for_its_log() {
    let mut bench = Bench::new();
    assert_eq!(bench.sink.bounds.longest_log, 1 << 30);
    // A smaller one, for this test to come to.
    bench.sink.bounds.longest_log = 1 << 20;
    bench.write(spans(0)).unwrap();
    let held = reader(&bench);
    let (_, why) = fill(&mut bench, 60);
    assert!(why.contains("has come to its bound of 1048576 bytes"), "{why}");
    drop(held);
    bench.write(spans(200)).unwrap();
}

#[test]
fn a_reader_that_ends_in_time_costs_nothing() {
    let mut bench = Bench::new();
    bench.sink.bounds.longest_log = 100_000;
    let held = reader(&bench);
    bench.write(spans(0)).unwrap();
    let (told, hears) = std::sync::mpsc::channel();
    let ending = std::thread::spawn(move || {
        hears.recv().unwrap();
        std::thread::sleep(Duration::from_secs(1));
        drop(held);
    });
    told.send(()).unwrap();
    let begun = Instant::now();
    bench.write(spans(1)).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    ending.join().unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 200);
}

#[test]
fn the_end_of_the_program_does_not_wait_for_a_reader() {
    let mut bench = Bench::new();
    bench.sink.bounds.longest_log = 100_000;
    let _held = reader(&bench);
    bench.write(spans(0)).unwrap();
    let patience = Patience::default();
    patience.end_at(Instant::now());
    let begun = Instant::now();
    bench.sink.write(spans(1), &patience).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn housekeeping_stops_while_the_log_is_full() {
    let mut bench = Bench::with(|settings| settings.max_age = Some(Duration::from_secs(60)));
    let _held = reader(&bench);
    for batch in 0..10 {
        bench.write(spans(batch)).unwrap();
    }
    let full = bench.size();
    for bounds in [&mut bench.sink.bounds, &mut bench.sink.retention.bounds] {
        bounds.longest_log = 100_000;
    }
    for _ in 0..3 {
        bench.sink.retention.next = Instant::now();
        bench.sink.rest();
    }
    assert_eq!(bench.size(), full, "deletions are written to the log as well");
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 1_000);
}
