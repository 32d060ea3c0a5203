//! With an OpenTelemetry layer, lines carry the ids of its spans.

use crate::support::{Otel, assert_no_ids, ids, ids_by_context, logs, under};
use llm_span::IdSource;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::Sampler;
use tracing::{info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

#[test]
fn an_event_in_an_entered_span_carries_that_spans_ids() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        info_span!("outer").in_scope(|| info_span!("inner").in_scope(|| info!("hello")));
    });
    let line = ids(&lines.only());
    assert_eq!(line, otel.ids("inner"));
    assert_eq!(line.trace_flags, "01");
}

#[test]
fn an_event_with_an_explicit_parent_carries_that_parents_ids() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        let parent = info_span!("parent");
        info_span!("entered").in_scope(|| info!(parent: &parent, "hello"));
    });
    assert_eq!(ids(&lines.only()), otel.ids("parent"));
}

#[test]
fn an_event_of_no_span_carries_no_ids() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        info!("before");
        info_span!("entered").in_scope(|| info!(parent: None, "within"));
    });
    for line in lines.all() {
        assert_no_ids(&line);
    }
    assert_eq!(lines.all().len(), 2);
}

#[test]
fn ids_do_not_depend_on_context_activation() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let layer = otel.layer().with_context_activation(false);
    under(tracing_subscriber::registry().with(layer).with(logs), || {
        info_span!("entered").in_scope(|| info!("hello"));
    });
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn the_order_of_the_layers_does_not_matter() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(logs).with(otel.layer()), || {
        let _entered = info_span!("entered").entered();
        info!("hello");
    });
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn a_span_hidden_from_opentelemetry_has_the_ids_of_its_nearest_ancestor() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let shown = otel.layer().with_filter(filter_fn(|metadata| !metadata.name().starts_with("hidden")));
    under(tracing_subscriber::registry().with(shown).with(logs), || {
        let root = info_span!("root");
        let shown = info_span!(parent: &root, "shown");
        let hidden = info_span!(parent: &shown, "hidden");
        let deeper = info_span!(parent: &hidden, "hidden deeper");
        info!(parent: &deeper, "hello");
        info!(parent: &hidden, "hello");
    });
    let shown = otel.ids("shown");
    assert_eq!(lines.all().iter().map(ids).collect::<Vec<_>>(), [shown.clone(), shown]);
}

#[test]
fn spans_all_hidden_from_opentelemetry_have_ids_of_their_own() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let nothing = otel.layer().with_filter(filter_fn(|_| false));
    under(tracing_subscriber::registry().with(nothing).with(logs), || {
        let _root = info_span!("root").entered();
        info!("root");
        info_span!("child").in_scope(|| info!("child"));
    });
    let [root, child] = &lines.all()[..] else { panic!("two lines") };
    assert_eq!(ids(root).trace_id, ids(child).trace_id);
    assert_ne!(ids(root).span_id, ids(child).span_id);
    assert_eq!(ids(root).trace_flags, "00");
}

#[test]
fn a_trace_that_is_not_sampled_has_its_ids_all_the_same() {
    let (otel, (logs, lines)) = (Otel::sampled(Sampler::AlwaysOff), logs());
    let expected = under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        let span = info_span!("entered");
        span.in_scope(|| info!("hello"));
        ids_by_context(&span)
    });
    let line = ids(&lines.only());
    assert_eq!(line, expected);
    assert_eq!(line.trace_flags, "00");
}

#[test]
fn after_a_shutdown_spans_have_ids_of_their_own() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    otel.provider.shutdown().expect("shuts down");
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        info_span!("entered").in_scope(|| info!("hello"));
    });
    assert_eq!(ids(&lines.only()).trace_flags, "00");
}

#[test]
fn a_child_made_after_a_shutdown_stays_in_its_parents_trace() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        let _parent = info_span!("parent").entered();
        info!("before");
        otel.provider.shutdown().expect("shuts down");
        info_span!("child").in_scope(|| info!("after"));
    });
    let [before, after] = &lines.all()[..] else { panic!("two lines") };
    assert_eq!(ids(before).trace_id, ids(after).trace_id);
}

#[test]
fn a_parent_set_after_creation_is_the_trace_of_the_lines() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let remote = SpanContext::new(
        TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").expect("id"),
        SpanId::from_hex("b7ad6b7169203331").expect("id"),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    under(tracing_subscriber::registry().with(otel.layer()).with(logs), || {
        let span = info_span!("served");
        let context = opentelemetry::Context::new().with_remote_span_context(remote);
        span.set_parent(context).expect("not started by the log layer");
        span.in_scope(|| info!("hello"));
    });
    assert_eq!(ids(&lines.only()).trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(ids(&lines.only()), otel.ids("served"));
}

#[test]
fn a_name_set_before_the_first_event_reaches_opentelemetry() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    under(tracing_subscriber::registry().with(logs).with(otel.layer()), || {
        let span = info_span!("plain", otel.name = tracing::field::Empty);
        span.record("otel.name", "GET /");
        span.in_scope(|| info!("hello"));
    });
    assert_eq!(ids(&lines.only()), otel.ids("GET /"));
}

#[test]
fn opentelemetry_only_means_no_ids_where_it_knows_none() {
    let (logs, lines) = logs();
    let logs = logs.with_ids(IdSource::OpenTelemetry);
    under(tracing_subscriber::registry().with(logs), || {
        info_span!("entered").in_scope(|| info!("hello"));
    });
    assert_no_ids(&lines.only());
}

#[test]
fn opentelemetry_only_gives_opentelemetrys_ids() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let logs = logs.with_ids(IdSource::OpenTelemetry);
    under(tracing_subscriber::registry().with(logs).with(otel.layer()), || {
        info_span!("entered").in_scope(|| info!("hello"));
    });
    assert_eq!(ids(&lines.only()), otel.ids("entered"));
}

#[test]
fn own_ids_are_no_ids_of_opentelemetry() {
    let (otel, (logs, lines)) = (Otel::new(), logs());
    let logs = logs.with_ids(IdSource::Own);
    under(tracing_subscriber::registry().with(logs).with(otel.layer()), || {
        info_span!("entered").in_scope(|| info!("hello"));
    });
    assert_ne!(ids(&lines.only()).trace_id, otel.ids("entered").trace_id);
}

#[test]
fn two_layers_may_have_different_sources() {
    let (otel, (own, own_lines), (auto, auto_lines)) = (Otel::new(), logs(), logs());
    let own = own.with_ids(IdSource::Own);
    under(tracing_subscriber::registry().with(own).with(otel.layer()).with(auto), || {
        info_span!("entered").in_scope(|| info!("hello"));
    });
    assert_eq!(ids(&auto_lines.only()), otel.ids("entered"));
    assert_ne!(ids(&own_lines.only()).trace_id, otel.ids("entered").trace_id);
}
