//! A filter on the log layer hides spans from it, not from its lines.

use crate::support::{Otel, ids, logs, under};
use tracing::{Level, info_span, warn};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::prelude::*;

#[test]
fn an_event_in_a_span_that_a_filter_hides_carries_that_spans_ids() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let logs = logs.with_filter(LevelFilter::WARN);
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        info_span!("outer").in_scope(|| info_span!("hidden").in_scope(|| warn!("hello")));
    });
    assert_eq!(ids(&lines.only()), otel.ids("hidden"));
}

#[test]
fn an_explicit_parent_that_a_filter_hides_gives_its_ids() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let logs = logs.with_filter(LevelFilter::WARN);
    under(tracing_subscriber::registry().with(logs).with(otel.layer()), || {
        let hidden = info_span!("hidden");
        warn!(parent: &hidden, "hello");
    });
    assert_eq!(ids(&lines.only()), otel.ids("hidden"));
}

#[test]
fn a_hidden_span_within_a_shown_one_gives_its_ids() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let logs = logs.with_filter(filter_fn(|metadata| metadata.name() != "hidden"));
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        info_span!("shown").in_scope(|| info_span!("hidden").in_scope(|| warn!("hello")));
    });
    assert_eq!(ids(&lines.only()), otel.ids("hidden"));
}

#[test]
fn own_ids_are_of_one_trace_through_hidden_spans() {
    let (logs, lines) = logs();
    let logs = logs.with_filter(filter_fn(|metadata| !metadata.name().starts_with("hidden")));
    let everything = filter_fn(|metadata| *metadata.level() <= Level::TRACE);
    let other = crate::support::logs().0.with_filter(everything);
    under(tracing_subscriber::registry().with(other).with(logs), || {
        let _root = info_span!("hidden root").entered();
        warn!("root");
        info_span!("shown").in_scope(|| warn!("shown"));
        info_span!("hidden child").in_scope(|| warn!("child"));
    });
    let [root, shown, child] = &lines.all()[..] else { panic!("three lines") };
    assert_eq!(ids(root).trace_id, ids(shown).trace_id);
    assert_eq!(ids(root).trace_id, ids(child).trace_id);
    assert_ne!(ids(root).span_id, ids(child).span_id);
}

#[test]
fn a_filter_on_the_levels_of_lines_holds() {
    let (logs, lines) = logs();
    under(tracing_subscriber::registry().with(logs.with_filter(LevelFilter::WARN)), || {
        tracing::info!("too low");
        warn!("shown");
    });
    assert_eq!(lines.only()["msg"], "shown");
}
