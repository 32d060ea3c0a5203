#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceState, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::{Span, info_span, subscriber::DefaultGuard};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{filter::filter_fn, layer::SubscriberExt as _};

use super::*;

/// A provider that samples what its caller has sampled, and the layers; they are this thread's until the guard is dropped.
fn layers(is_read: bool) -> (InMemorySpanExporter, SdkTracerProvider, DefaultGuard) {
    layers_with(Sampler::AlwaysOff, is_read)
}

fn layers_with(root: Sampler, is_read: bool) -> (InMemorySpanExporter, SdkTracerProvider, DefaultGuard) {
    let exporter = InMemorySpanExporter::default();
    let sampler = Sampler::ParentBased(Box::new(root));
    let builder = SdkTracerProvider::builder().with_sampler(sampler.clone()).with_id_generator(TraceIds);
    let provider = builder.with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("test");
    let found = opentelemetry(tracer.clone()).with_filter(filter_fn(|_| false));
    let subscriber = tracing_subscriber::registry().with(found).with(Traces::new(tracer, sampler, is_read));
    let guard = tracing::subscriber::set_default(subscriber);
    (exporter, provider, guard)
}

fn remote(flags: TraceFlags) -> OtelContext {
    let context = SpanContext::new(TraceId::from(7), SpanId::from(9), flags, true, TraceState::NONE);
    OtelContext::new().with_remote_span_context(context)
}

fn current() -> SpanContext {
    OtelContext::map_current(|current| current.span().span_context().clone())
}

fn of(span: &Span) -> SpanContext {
    span.context().span().span_context().clone()
}

fn keys(span: &SpanData) -> Vec<&str> {
    let all = span.attributes.iter().map(|attribute| attribute.key.as_str());
    all.filter(|key| ["first", "late"].contains(key)).collect()
}

#[test]
fn a_span_that_nobody_reads_has_its_place_in_its_trace_and_is_current() {
    for is_read in [false, true] {
        let (memory, _provider, _guard) = layers(is_read);
        let (outer, other) = (info_span!("outer", first = 1), info_span!("other"));
        for _ in 0..3 {
            let _entered = outer.enter();
            assert_eq!(current(), of(&outer));
            assert!(current().is_valid() && !current().is_sampled());
            let inner = info_span!("inner");
            inner.in_scope(|| {
                assert_eq!((current(), current().trace_id()), (of(&inner), of(&outer).trace_id()));
                outer.in_scope(|| assert_eq!(current(), of(&outer)));
                assert_eq!(current(), of(&inner));
            });
            assert_eq!(current(), of(&outer));
        }
        assert!(!current().is_valid());
        assert_ne!(of(&other).trace_id(), of(&outer).trace_id());
        drop((outer, other));
        assert_eq!(memory.get_finished_spans().unwrap(), []);
    }
}

#[test]
fn spans_that_are_left_in_another_order_leave_the_right_one_current() {
    let (_exporter, _provider, _guard) = layers(false);
    let spans = [info_span!("one"), info_span!("two")];
    for span in &spans {
        span.in_scope(|| ());
    }
    let [one, two] = spans.each_ref().map(|span| span.clone().entered());
    drop(one);
    assert_eq!(current(), of(&spans[1]));
    drop(two);
    assert!(!current().is_valid());
}

#[test]
fn what_is_sampled_is_exported_whole_where_somebody_reads_it() {
    let (memory, _provider, _guard) = layers(true);
    for flags in [TraceFlags::NOT_SAMPLED, TraceFlags::SAMPLED] {
        let span = info_span!("span", first = 1, late = tracing::field::Empty);
        span.set_parent(remote(flags)).unwrap();
        for line in ["one", "two"] {
            span.in_scope(|| tracing::info!(line));
        }
        let child = info_span!(parent: &span, "child");
        child.in_scope(|| tracing::info!("three"));
        tracing::info!(parent: &span, "four");
        child.follows_from(&span);
        span.record("late", 2);
    }
    let exported = memory.get_finished_spans().unwrap();
    let [child, span] = &exported[..] else { panic!("two spans: {exported:?}") };
    assert_eq!((&*span.name, keys(span), span.events.len()), ("span", vec!["first", "late"], 3));
    assert_eq!((&*child.name, child.events.len(), child.links.len()), ("child", 1, 1));
    assert_eq!((span.parent_span_id, child.parent_span_id), (SpanId::from(9), span.span_context.span_id()));
    assert!(span.start_time < span.end_time && span.end_time <= child.start_time, "it ends when it was left last");
}

#[test]
fn a_callers_decision_goes_on_where_nobody_reads() {
    let (_exporter, _provider, _guard) = layers(false);
    for flags in [TraceFlags::NOT_SAMPLED, TraceFlags::SAMPLED] {
        let span = info_span!("span");
        span.set_parent(remote(flags)).unwrap();
        span.in_scope(|| {
            info_span!("child")
                .in_scope(|| assert_eq!((current().trace_id(), current().trace_flags()), (TraceId::from(7), flags)));
        });
    }
}

#[cfg(feature = "propagation")]
#[test]
fn a_span_of_a_settled_place_is_sampled_as_often_as_any_and_exported_whole() {
    let (memory, _provider, _guard) = layers_with(Sampler::TraceIdRatioBased(0.5), true);
    let sampled = (0..1_000).filter(|_| {
        let span = ids::settled(|| info_span!("span", first = 1, late = tracing::field::Empty));
        let other = info_span!("other");
        assert_ne!(of(&other).trace_id(), of(&span).trace_id());
        span.record("late", 2);
        span.in_scope(|| {
            assert_eq!(current(), of(&span));
            info_span!("child").in_scope(|| assert_eq!(current().trace_id(), of(&span).trace_id()));
        });
        of(&span).is_sampled()
    });
    let sampled = sampled.count();
    assert!((400..600).contains(&sampled), "{sampled} of 1,000");
    let exported = memory.get_finished_spans().unwrap();
    let named = |name: &str| exported.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    assert_eq!([named("span").len(), named("child").len()], [sampled; 2]);
    assert!(named("span").iter().all(|span| keys(span) == ["first", "late"]));
}

#[cfg(feature = "propagation")]
#[test]
fn a_span_of_a_settled_place_is_what_its_caller_has_decided() {
    let (memory, _provider, _guard) = layers_with(Sampler::AlwaysOn, true);
    for flags in [TraceFlags::NOT_SAMPLED, TraceFlags::SAMPLED] {
        let _caller = remote(flags).attach();
        let span = ids::settled(|| info_span!("span", first = 1));
        assert_eq!((of(&span).trace_id(), of(&span).trace_flags()), (TraceId::from(7), flags));
    }
    let exported = memory.get_finished_spans().unwrap();
    assert_eq!(exported.iter().map(keys).collect::<Vec<_>>(), [["first"]]);
}

#[cfg(feature = "propagation")]
#[test]
fn a_span_of_a_settled_place_that_nobody_enters_ends_when_it_is_closed() {
    let (memory, _provider, _guard) = layers_with(Sampler::AlwaysOn, true);
    let [closed, entered] = ["closed", "entered"].map(|how| ids::settled(|| info_span!("span", how)));
    let between = opentelemetry::time::now();
    drop(closed);
    entered.in_scope(|| ());
    drop(entered);
    let ends: Vec<_> = memory.get_finished_spans().unwrap().iter().map(|span| span.end_time).collect();
    assert!(ends.len() == 2 && ends.iter().all(|end| *end >= between), "{ends:?} {between:?}");
}

#[cfg(feature = "propagation")]
#[test]
fn what_is_made_while_layers_are_told_of_a_span_of_a_settled_place_has_a_place_of_its_own() {
    let (memory, _provider, _guard) = layers_with(Sampler::AlwaysOn, true);
    let of_layer = || {
        let made = info_span!("made");
        made.set_parent(remote(TraceFlags::SAMPLED)).unwrap();
        made.in_scope(|| assert_eq!(current().trace_id(), TraceId::from(7)));
    };
    ids::settled(|| {
        let _span = info_span!("span");
        of_layer();
    });
    assert_eq!(memory.get_finished_spans().unwrap().len(), 2);
}
