//! Without OpenTelemetry the layer makes the ids.

use crate::support::{Ids, ids, logs, under};
use std::collections::HashSet;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

#[test]
fn all_lines_of_a_span_carry_the_same_ids() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        let span = info_span!("span");
        span.in_scope(|| info!("one"));
        info!(parent: &span, "two");
        let dispatch = tracing::Dispatch::default();
        std::thread::scope(|scope| {
            scope.spawn(|| tracing::dispatcher::with_default(&dispatch, || span.in_scope(|| info!("three"))));
        });
    });
    let lines: Vec<Ids> = lines.all().iter().map(ids).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| *line == lines[0]), "{lines:#?}");
}

#[test]
fn a_child_has_its_parents_trace_id_and_a_span_id_of_its_own() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        let _root = info_span!("root").entered();
        // The child's line comes first: the root has its ids from then on.
        info_span!("middle").in_scope(|| info_span!("child").in_scope(|| info!("child")));
        info_span!("sibling").in_scope(|| info!("sibling"));
        info!("root");
    });
    let lines: Vec<Ids> = lines.all().iter().map(ids).collect();
    assert_eq!(lines.iter().map(|ids| &ids.trace_id).collect::<HashSet<_>>().len(), 1, "{lines:#?}");
    assert_eq!(lines.iter().map(|ids| &ids.span_id).collect::<HashSet<_>>().len(), 3, "{lines:#?}");
}

#[test]
fn each_root_span_begins_a_trace() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        let _entered = info_span!("first").entered();
        info!("first");
        info_span!(parent: None, "second").in_scope(|| info!("second"));
    });
    let [first, second] = &lines.all()[..] else { panic!("two lines") };
    assert_ne!(ids(first).trace_id, ids(second).trace_id);
}

#[test]
fn threads_that_come_at_the_same_time_agree_on_the_trace() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs), || {
        let dispatch = tracing::Dispatch::default();
        let root = info_span!("root");
        let barrier = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    tracing::dispatcher::with_default(&dispatch, || {
                        let child = info_span!(parent: &root, "child");
                        barrier.wait();
                        child.in_scope(|| info!("hello"));
                    });
                });
            }
        });
    });
    let traces: HashSet<String> = lines.all().iter().map(|line| ids(line).trace_id).collect();
    let spans: HashSet<String> = lines.all().iter().map(|line| ids(line).span_id).collect();
    assert_eq!((traces.len(), spans.len()), (1, 8));
}
