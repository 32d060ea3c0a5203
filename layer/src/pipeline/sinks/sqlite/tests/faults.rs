//! What goes wrong with a file while it is open.

use std::{
    fs,
    time::{Duration, Instant},
};

use super::support::{Bench, span};
use crate::store::{Store, TraceQuery};

#[test]
fn a_deleted_file_is_made_again() {
    let mut bench = Bench::new();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    for name in ["telemetry.db", "telemetry.db-wal", "telemetry.db-shm"] {
        fs::remove_file(bench.folder.path().join(name)).unwrap();
    }
    bench.write([span(2, 1, 0, 0)]).unwrap();
    assert_eq!(bench.text("SELECT group_concat(trace_id) FROM spans"), "00000000000000000000000000000002");
}

#[test]
fn a_file_that_was_moved_away_stays_whole() {
    let mut bench = Bench::new();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    let folder = bench.folder.path().join("old");
    fs::create_dir(&folder).unwrap();
    for name in ["telemetry.db", "telemetry.db-wal", "telemetry.db-shm"] {
        fs::rename(bench.folder.path().join(name), folder.join(name)).unwrap();
    }
    bench.write([span(2, 1, 0, 0)]).unwrap();
    assert_eq!(Store::open(folder.join("telemetry.db")).unwrap().traces(&TraceQuery::new()).unwrap().len(), 1);
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 1);
}

#[test]
fn a_lost_file_of_another_program_is_not_overwritten() {
    let mut bench = Bench::new();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    for name in ["telemetry.db", "telemetry.db-wal", "telemetry.db-shm"] {
        fs::remove_file(bench.folder.path().join(name)).unwrap();
    }
    fs::write(bench.path(), "my diary, which is no database at all").unwrap();
    let failure = bench.write([span(2, 1, 0, 0), span(2, 2, 1, 0)]).unwrap_err();
    assert_eq!(failure.lost, 2);
    assert!(
        failure.why.ends_with("is no SQLite database, and is left as it is: move it away, or give another path"),
        "{failure:?}"
    );
    fs::remove_file(bench.path()).unwrap();
    bench.write([span(3, 1, 0, 0)]).unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 1);
}

#[test]
fn a_lock_is_waited_for() {
    let mut bench = Bench::new();
    let other = bench.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let (told, hears) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        hears.recv().unwrap();
        std::thread::sleep(Duration::from_secs(1));
        other.execute_batch("COMMIT").unwrap();
    });
    told.send(()).unwrap();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
    holder.join().unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 1);
}

#[test]
fn a_full_database_loses_a_batch_and_goes_on_when_there_is_room() {
    let mut bench = Bench::new();
    // As a disk that has no room: SQLite answers both alike. The second attempt is the last: the sink is impatient after a loss.
    let limit = |bench: &Bench, pages: i64| {
        let connection = &bench.sink.file.as_ref().unwrap().connection;
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    bench.sink.fails = true;
    limit(&bench, 1);
    let many = || (1..500).map(|id| span(1, id, 0, id));
    let failure = bench.write(many()).unwrap_err();
    assert_eq!(failure.lost, 499);
    assert!(failure.why.contains("there is no room for "), "{failure:?}");
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 0, "all or nothing");
    limit(&bench, 1_000_000);
    bench.write(many()).unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 499);
}
