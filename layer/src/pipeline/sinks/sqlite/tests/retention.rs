//! Old rows go, the file stays below its bound.

use std::time::{Duration, Instant, SystemTime};

use opentelemetry::KeyValue;

use super::support::{Bench, data, ended, metric};
use crate::{
    metrics::Number,
    pipeline::{event::Event, worker::Sink as _},
    store::TraceQuery,
};

fn aged(trace: u128, age: u64) -> Vec<Event> {
    let at = SystemTime::now() - Duration::from_secs(age);
    let mut span = data(trace, 1, 0, 0);
    span.start_time = at;
    span.end_time = at;
    span.events.events = vec![opentelemetry::trace::Event::with_name("event")];
    vec![ended(span), metric("total_tokens", Number::Unsigned(1), Some((trace, 1)), at)]
}

#[test]
fn what_is_too_old_is_deleted_with_all_that_belongs_to_it() {
    let mut bench = Bench::with(|settings| settings.max_age = Some(Duration::from_secs(3_600)));
    bench.write((1..=2_000).flat_map(|trace| aged(trace, 7_200)).chain(aged(5_000, 60))).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while bench.number("SELECT count(*) FROM spans") > 1 && Instant::now() < until {
        bench.sink.rest();
    }
    for table in ["traces", "spans", "span_events", "metrics"] {
        assert_eq!(bench.number(&format!("SELECT count(*) FROM {table}")), 1, "{table}");
    }
}

/// An agent may run for days: what it did a moment ago is not old.
#[test]
fn a_trace_that_is_still_running_is_kept_whole() {
    let mut bench = Bench::with(|settings| settings.max_age = Some(Duration::from_secs(3_600)));
    let at = |age| SystemTime::now() - Duration::from_secs(age);
    let step = |id, age| {
        let mut span = data(1, id, 1, 0);
        (span.start_time, span.end_time) = (at(age), at(age));
        ended(span)
    };
    bench.write([step(2, 9_000), step(3, 60)].into_iter().chain(aged(2, 8_000))).unwrap();
    bench.sink.rest();
    assert_eq!(bench.text("SELECT group_concat(trace_id || ' ' || spans) FROM traces"), "00000000000000000000000000000001 2");
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 2);
}

#[test]
fn the_file_stays_below_its_bound_and_keeps_the_newest() {
    let bound = 1 << 20;
    let mut bench = Bench::within(bound);
    let begin = SystemTime::now();
    let mut greatest = 0;
    let mut written = 0;
    for batch in 0..30_u64 {
        let spans = (0..100_u64).map(|i| {
            let number = batch * 100 + i;
            // Ids that lie anywhere, as random ones do.
            let trace = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) | 1;
            let mut span = data(trace, number + 1, 0, 0);
            span.start_time = begin + Duration::from_millis(number);
            span.end_time = span.start_time;
            span.attributes = vec![KeyValue::new("text", "x".repeat(1_000))];
            ended(span)
        });
        bench.write(spans).unwrap();
        written += 100 * 1_000;
        greatest = greatest.max(bench.size());
        bench.sink.rest();
        greatest = greatest.max(bench.size());
    }
    assert!(written > 2 * bound, "much more was written than there is room for");
    assert!(greatest <= bound, "{greatest}");
    assert!(greatest > bound / 2, "the room is used: {greatest}");
    let newest = bench.store().traces(&TraceQuery::new().limit(1)).unwrap().remove(0);
    assert_eq!(newest.start, begin + Duration::from_millis(30 * 100 - 1));
    assert_eq!(bench.text("PRAGMA integrity_check"), "ok");
    let orphans = "SELECT count(*) FROM spans WHERE trace_id NOT IN (SELECT trace_id FROM traces)";
    assert_eq!(bench.number(orphans), 0);
    assert_eq!(bench.number("SELECT sum(spans) FROM traces"), bench.number("SELECT count(*) FROM spans"));
}

#[test]
fn one_trace_without_end_is_cut_too() {
    let bound = 2 << 20;
    let mut bench = Bench::within(bound);
    for batch in 0..15_u64 {
        let span = |i| {
            let mut span = data(1, batch * 100 + i, 0, batch * 100 + i);
            span.attributes = vec![KeyValue::new("text", "x".repeat(2_000))];
            ended(span)
        };
        bench.write((1..=100).map(span)).unwrap();
        bench.sink.rest();
        assert!(bench.size() <= bound, "{}", bench.size());
    }
    let spans = bench.number("SELECT count(*) FROM spans");
    assert!(spans > 100, "{spans}");
    assert_eq!(bench.number("SELECT spans FROM traces"), spans);
}

#[test]
fn a_row_larger_than_the_file_may_be_is_lost_alone() {
    let mut bench = Bench::within(1 << 20);
    let sized = |id: u64, bytes: usize| {
        let mut span = data(1, id, 0, id);
        span.attributes = vec![KeyValue::new("text", "x".repeat(bytes))];
        ended(span)
    };
    let failure = bench.write([sized(1, 10), sized(2, 3 << 20), sized(3, 10)]).unwrap_err();
    assert_eq!(failure.lost, 1);
    assert_eq!(bench.number("SELECT count(*) FROM spans WHERE name = 'span 3'"), 1);
}

#[test]
fn a_file_that_is_too_large_shrinks() {
    let mut bench = Bench::new();
    for batch in 0..10_u64 {
        let spans = (0..200_u64).map(|i| {
            let mut span = data(u128::from(batch * 200 + i + 1), 1, 0, batch * 200 + i);
            span.attributes = vec![KeyValue::new("text", "x".repeat(1_000))];
            ended(span)
        });
        bench.write(spans).unwrap();
    }
    let before = bench.size();
    let bound = 2 << 20;
    assert!(before > bound);
    bench.bound(bound);
    let until = Instant::now() + Duration::from_secs(20);
    while bench.size() > bound && Instant::now() < until {
        bench.sink.rest();
    }
    assert!(bench.size() <= bound, "{} of {before}", bench.size());
    assert!(bench.number("SELECT count(*) FROM spans") > 100);
}
