//! The queries of Llama Stack's document, as they are written there.

use tracing::info_span;

use crate::support::{Bench, call};

/// The names of a query's rows.
fn names(bench: &Bench, sql: &str) -> Vec<String> {
    let connection = bench.sql();
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get("name")).unwrap();
    names.map(Result::unwrap).collect()
}

#[test]
fn recent_traces() {
    let bench = Bench::new();
    bench.run(|| info_span!("old").in_scope(|| ()));
    bench.run(|| info_span!("new").in_scope(|| ()));
    let recent = "SELECT * FROM traces WHERE timestamp > datetime('now', '-1 hour');";
    assert_eq!(names(&bench, recent), ["old", "new"]);
    let shift = |minutes: i64| {
        let shift = format!("UPDATE traces SET start_ns = start_ns - {minutes} * 60 * 1000000000 WHERE name = 'old'");
        assert_eq!(bench.sql().execute(&shift, []), Ok(1));
    };
    shift(1);
    assert_eq!(names(&bench, recent), ["old", "new"]);
    shift(119);
    assert_eq!(names(&bench, recent), ["new"]);
}

#[test]
fn span_durations() {
    let bench = Bench::new();
    bench.run(|| info_span!("request").in_scope(|| call("gpt-4o", 1, 1).unwrap()));
    let sql = "SELECT name, AVG(duration_ms) as avg_duration
FROM spans
GROUP BY name
ORDER BY avg_duration DESC;";
    assert_eq!(names(&bench, sql), ["request", "llm.completion"], "the outer one takes longer");
    assert_eq!(bench.number("SELECT count(*) FROM spans WHERE typeof(duration_ms) = 'real' AND duration_ms > 0"), 2);
    let exact = "SELECT count(*) FROM spans WHERE duration_ms = (end_ns - start_ns) / 1000000.0";
    assert_eq!(bench.number(exact), 2);
}

#[test]
fn slow_operations() {
    let bench = Bench::new();
    bench.run(|| {
        info_span!("slow").in_scope(|| ());
        info_span!("quick").in_scope(|| ());
    });
    assert_eq!(bench.sql().execute("UPDATE spans SET end_ns = start_ns + 1000000001 WHERE name = 'slow'", []), Ok(1));
    let sql = "SELECT * FROM spans
WHERE duration_ms > 1000
ORDER BY duration_ms DESC;";
    assert_eq!(names(&bench, sql), ["slow"]);
}
