//! Traces are right however their spans come in.

use opentelemetry::trace::Status;
use proptest::{prelude::*, sample::Index};

use super::support::{Bench, data, ended, open, span};
use crate::{
    pipeline::worker::{Patience, Sink as _},
    store::{SpanStatus, TraceQuery, TraceRow},
};

fn traces(bench: &Bench) -> Vec<TraceRow> {
    bench.store().traces(&TraceQuery::new()).unwrap()
}

#[test]
fn a_trace_is_named_after_its_first_span_until_its_root_comes() {
    let mut bench = Bench::new();
    bench.write([span(1, 3, 2, 20)]).unwrap();
    let first = traces(&bench).remove(0);
    assert_eq!((first.name.as_str(), first.root_span_id.as_deref(), first.spans), ("span 3", None, 1));
    bench.write([span(1, 2, 1, 10)]).unwrap();
    assert_eq!(traces(&bench)[0].name, "span 2");
    let mut root = data(1, 1, 0, 15);
    root.status = Status::Ok;
    bench.write([ended(root)]).unwrap();
    bench.write([span(1, 4, 1, 0)]).unwrap();
    let whole = traces(&bench).remove(0);
    assert_eq!(
        (whole.name.as_str(), whole.root_span_id.as_deref(), whole.status),
        ("span 1", Some("0000000000000001"), SpanStatus::Ok)
    );
    assert_eq!((whole.spans, whole.errors, whole.duration.as_millis()), (4, 0, 30));
}

#[test]
fn a_span_that_comes_twice_is_there_once() {
    let mut bench = Bench::new();
    let mut failed = data(1, 1, 0, 0);
    failed.status = Status::error("");
    failed.events.events = vec![opentelemetry::trace::Event::with_name("exception")];
    for _ in 0..2 {
        bench.write([ended(failed.clone()), ended(failed.clone()), span(1, 2, 1, 5)]).unwrap();
    }
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 2);
    assert_eq!(bench.number("SELECT count(*) FROM span_events"), 1);
    assert_eq!((traces(&bench)[0].spans, traces(&bench)[0].errors), (2, 1));
}

#[test]
fn processes_share_a_file_and_a_trace() {
    let mut bench = Bench::new();
    let mut worker = open(&bench.settings, "worker").unwrap();
    worker.write(vec![span(1, 2, 1, 5)], &Patience::default()).unwrap();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    worker.write(vec![span(1, 3, 1, 6)], &Patience::default()).unwrap();
    let trace = traces(&bench).remove(0);
    assert_eq!((trace.service.as_str(), trace.spans), ("chat", 3));
    let of_worker = bench.store().traces(&TraceQuery::new().service("worker")).unwrap();
    assert_eq!(of_worker, [trace], "a trace is of each service that has a span in it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// In any order and in any batches, the row is what a look at all spans gives.
    #[test]
    fn a_trace_is_the_sum_of_its_spans(
        spans in prop::collection::vec((0_u64..4, 0_u64..50, any::<bool>()), 1..30),
        cuts in prop::collection::vec(any::<Index>(), 0..4),
    ) {
        let mut bench = Bench::new();
        let spans: Vec<_> = (1..).zip(spans).map(|(id, (parent, start, fails))| {
            // Two roots of one time are named by whichever comes first.
            let mut span = data(1, id, parent, start * 100 + id);
            if fails {
                span.status = Status::error("no");
            }
            span
        }).collect();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(spans.len())).chain([0, spans.len()]).collect();
        cuts.sort_unstable();
        for cut in cuts.windows(2) {
            bench.write(spans[cut[0]..cut[1]].iter().cloned().map(ended)).unwrap();
        }
        let trace = traces(&bench).remove(0);
        let start = spans.iter().map(|span| span.start_time).min().unwrap();
        let end = spans.iter().map(|span| span.end_time).max().unwrap();
        let is_root = |span: &&opentelemetry_sdk::trace::SpanData| u64::from_be_bytes(span.parent_span_id.to_bytes()) == 0;
        let named = spans.iter().min_by_key(|span| (!is_root(span), span.start_time)).unwrap();
        let failed = |span: &opentelemetry_sdk::trace::SpanData| matches!(span.status, Status::Error { .. });
        prop_assert_eq!((trace.start, trace.duration), (start, end.duration_since(start).unwrap()));
        prop_assert_eq!(&trace.name, &named.name);
        prop_assert_eq!(trace.status == SpanStatus::Error, failed(named));
        prop_assert_eq!(trace.root_span_id.is_some(), spans.iter().any(|span| is_root(&span)));
        prop_assert_eq!((trace.spans, trace.errors), (spans.len() as u64, spans.iter().filter(|span| failed(span)).count() as u64));
    }
}
