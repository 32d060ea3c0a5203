//! A process that is killed loses nothing that it was told to be committed.

use std::time::Duration;

use llm_span::store::{Store, TraceQuery};
use rusqlite::Connection;

use crate::child::Writer;

#[test]
fn nothing_committed_is_lost_when_a_process_is_killed_a_hundred_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let mut promised = 0_i64;
    for round in 0..100_u64 {
        let mut writer = Writer::start(&path, 1_000_000);
        let process = writer.child.id();
        // Now after the first batches, now between them, now within one.
        let mut last = 0;
        for _ in 0..=round % 6 {
            last = writer.committed().expect("it writes");
        }
        std::thread::sleep(Duration::from_micros(round * 7_919 % 5_000));
        writer.child.kill().unwrap();
        // Lines that it still wrote before.
        while let Some(number) = writer.committed() {
            last = number;
        }
        writer.child.wait().unwrap();

        let connection = Connection::open(&path).unwrap();
        let sql = "SELECT count(DISTINCT attributes ->> 'number') FROM spans
            WHERE attributes ->> 'process' = ?1 AND attributes ->> 'number' <= ?2";
        let found: i64 = connection.query_row(sql, (process, last), |row| row.get(0)).unwrap();
        assert_eq!(found, last, "round {round}");
        promised += last;
    }
    let connection = Connection::open(&path).unwrap();
    let text = |sql| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let spans = number("SELECT count(*) FROM spans");
    assert!(spans >= promised, "{spans} of {promised}");
    assert_eq!(number("SELECT sum(spans) FROM traces"), spans, "a batch is there as a whole");
    assert_eq!(number("SELECT count(*) FROM logs WHERE (trace_id, span_id) NOT IN (SELECT trace_id, span_id FROM spans)"), 0);
    assert!(!Store::open(&path).unwrap().traces(&TraceQuery::new()).unwrap().is_empty());
}
