//! A file that another holds for itself.

use std::time::Duration;

use tracing::info_span;

use crate::support::{Bench, TIMEOUT, pipeline};

#[test]
fn a_lock_of_some_seconds_loses_nothing_and_stops_nobody() {
    let bench = Bench::new();
    bench.run(|| info_span!("before").in_scope(|| ()));
    let other = bench.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let begun = std::time::Instant::now();
    tracing::dispatcher::with_default(&bench.dispatch, || {
        for _ in 0..100 {
            info_span!("meanwhile").in_scope(|| ());
        }
    });
    assert!(begun.elapsed() < Duration::from_secs(1), "the program does not wait");
    assert!(!bench.guard.flush(Duration::from_secs(2)), "they can't be written yet");
    other.execute_batch("COMMIT").unwrap();
    assert!(bench.guard.flush(TIMEOUT));
    assert_eq!((bench.number("SELECT count(*) FROM spans"), bench.lost()), (101, 0));
}

#[test]
fn the_end_of_the_program_does_not_wait_for_a_lock() {
    let bench = Bench::with(|settings| settings.shutdown_timeout = Duration::from_millis(500));
    bench.run(|| info_span!("before").in_scope(|| ()));
    let other = bench.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    tracing::dispatcher::with_default(&bench.dispatch, || info_span!("after").in_scope(|| ()));
    let begun = std::time::Instant::now();
    let report = bench.guard.shutdown();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(!report.is_complete(), "{report:?}");
}

#[test]
fn a_file_that_can_not_be_opened_is_told_and_the_program_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    std::fs::write(&path, "my diary, which is no database at all").unwrap();
    let (dispatch, guard) = pipeline(&path, |_| {});
    tracing::dispatcher::with_default(&dispatch, || info_span!("span").in_scope(|| ()));
    assert!(guard.flush(TIMEOUT));
    drop(guard);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "my diary, which is no database at all");
}
