//! Spans that are adopted, and linked.

use opentelemetry::{Context, baggage::BaggageExt as _, trace::TraceContextExt as _};
use tracing::subscriber::with_default;
use tracing_subscriber::{Layer as _, filter::filter_fn, layer::SubscriberExt as _};

use super::{Carried, Otel, SPAN, TRACE, attribute, baggage, headers, request};

#[test]
fn an_adopted_span_and_those_below_it_are_of_the_trace() {
    for activates in [true, false] {
        let otel = Otel::new();
        with_default(otel.subscriber(activates), || {
            let span = tracing::info_span!("request");
            request("01").adopt(&span);
            span.in_scope(|| {
                tracing::info_span!("below").in_scope(|| assert_eq!(Carried::current().trace_id().as_deref(), Some(TRACE)));
                assert!(!activates || baggage("tier").as_deref() == Some("gold"));
            });
        });
        assert_eq!(otel.trace("below"), TRACE);
        assert_eq!(otel.parent("below"), otel.id("request"));
        assert_eq!(otel.parent("request"), SPAN);
        assert!(otel.span("request").parent_span_is_remote);
    }
}

#[test]
fn a_span_of_another_thread_joins_what_is_current_here() {
    let otel = Otel::new();
    let dispatch = tracing::Dispatch::new(otel.subscriber(true));
    let on_thread = dispatch.clone();
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info_span!("here").in_scope(|| {
            let carried = Carried::current();
            let work = move || {
                tracing::dispatcher::with_default(&on_thread, || {
                    let span = tracing::info_span!("there");
                    carried.adopt(&span);
                    span.in_scope(|| ());
                });
            };
            std::thread::spawn(work).join().expect("a thread");
        });
    });
    assert_eq!(otel.parent("there"), otel.id("here"));
    assert_eq!(otel.trace("there"), otel.trace("here"));
    assert!(!otel.span("there").parent_span_is_remote, "it is of this process");
}

#[test]
fn a_span_that_has_started_stays_where_it_is() {
    let otel = Otel::new();
    with_default(otel.subscriber(true), || {
        let span = tracing::info_span!("request");
        span.in_scope(|| request("01").adopt(&span));
        request("01").adopt(&tracing::Span::none());
    });
    assert_ne!(otel.trace("request"), TRACE);
}

#[test]
fn baggage_without_a_trace_leaves_a_span_in_its_place() {
    let otel = Otel::new();
    let carried = Carried::of_headers(&headers(&[("baggage", "tier=gold")]));
    with_default(otel.subscriber(true), || {
        tracing::info_span!("outer").in_scope(|| {
            let span = tracing::info_span!("inner");
            carried.adopt(&span);
            span.in_scope(|| assert_eq!(baggage("tier").as_deref(), Some("gold")));
        });
        let root = tracing::info_span!("root");
        carried.adopt(&root);
        root.in_scope(|| assert_eq!(baggage("tier").as_deref(), Some("gold")));
    });
    assert_eq!(otel.parent("inner"), otel.id("outer"));
    assert_eq!(otel.parent("root"), "0000000000000000");
}

#[test]
fn ids_without_a_trace_leave_a_span_in_its_place_and_go_below_it() {
    for activates in [true, false] {
        let otel = Otel::new();
        let carried = Carried::of_headers(&headers(&[("x-session-id", "s"), ("x-user-id", "anna")]));
        let dispatch = tracing::Dispatch::new(otel.subscriber(activates));
        // Where no ids are current.
        let elsewhere = |span: tracing::Span| {
            let dispatch = dispatch.clone();
            let below = move || span.in_scope(|| tracing::info_span!("below").in_scope(|| ()));
            std::thread::spawn(move || tracing::dispatcher::with_default(&dispatch, below)).join().expect("a thread");
        };
        let _default = tracing::dispatcher::set_default(&dispatch);
        let outer = tracing::info_span!("outer");
        let (inner, root) = outer.in_scope(|| (tracing::info_span!("inner"), tracing::info_span!(parent: None, "root")));
        let _outer = outer.enter();
        for span in [&inner, &root] {
            carried.adopt(span);
        }
        elsewhere(inner);
        assert_eq!((otel.parent("inner"), otel.parent("below")), (otel_id(&outer), otel.id("inner")));
        let ids = |span: &opentelemetry_sdk::trace::SpanData| ["session.id", "user.id"].map(|key| attribute(span, key));
        let expected = ["s", "anna"].map(|id| Some(id.to_owned()));
        assert_eq!([ids(&otel.span("inner")), ids(&otel.span("below"))], [expected.clone(), expected.clone()]);
        otel.exporter.reset();
        elsewhere(root);
        assert_eq!((otel.parent("root").as_str(), otel.parent("below")), ("0000000000000000", otel.id("root")));
        assert_eq!([ids(&otel.span("root")), ids(&otel.span("below"))], [expected.clone(), expected]);
    }
}

fn otel_id(span: &tracing::Span) -> String {
    span.in_scope(Carried::current).span_id().expect("an id")
}

#[test]
fn an_inner_one_leaves_ids_of_the_outer_one_below_it() {
    let otel = Otel::new();
    let _default = tracing::subscriber::set_default(otel.subscriber(true));
    request("01").adopt(&tracing::Span::none());
    let outer = tracing::info_span!("outer");
    request("01").adopt(&outer);
    outer.in_scope(|| {
        let inner = tracing::info_span!("inner");
        Carried::of_headers(&headers(&[("x-user-id", "anna")])).adopt(&inner);
        inner.in_scope(|| ());
    });
    let inner = otel.span("inner");
    assert_eq!(["session.id", "user.id"].map(|key| attribute(&inner, key)), ["s", "anna"].map(|id| Some(id.to_owned())));
}

#[test]
fn a_link_leaves_the_trace_alone() {
    let otel = Otel::new();
    with_default(otel.subscriber(true), || {
        let before = tracing::info_span!("before");
        request("01").link(&before);
        before.in_scope(|| ());
        let after = tracing::info_span!("after");
        after.in_scope(|| request("01").link(&after));
        Carried::default().link(&after);
    });
    for name in ["before", "after"] {
        let span = otel.span(name);
        assert_eq!(span.links.len(), 1);
        assert_eq!(span.links[0].span_context.trace_id().to_string(), TRACE);
        assert_ne!(otel.trace(name), TRACE);
    }
}

#[test]
fn of_a_span_that_a_filter_hides_the_nearest_ancestor_is_current() {
    for activates in [true, false] {
        let otel = Otel::new();
        let layer = tracing_opentelemetry::layer().with_tracer(otel.tracer()).with_context_activation(activates);
        let filter = filter_fn(|metadata| metadata.name() != "hidden");
        with_default(tracing_subscriber::registry().with(layer.with_filter(filter)), || {
            let span = tracing::info_span!("request");
            request("01").adopt(&span);
            let seen = span.in_scope(|| tracing::info_span!("hidden").in_scope(Carried::current));
            drop(span);
            assert_eq!(seen.span_id(), Some(otel.id("request")));
        });
    }
}

#[test]
fn what_is_kept_keeps_no_span_open() {
    let otel = Otel::new();
    let (carried, live) = with_default(otel.subscriber(true), || {
        tracing::info_span!("request").in_scope(|| (Carried::current(), Context::current()))
    });
    assert_eq!(carried.span_id(), Some(otel.id("request")));
    assert_eq!(live.span().span_context().span_id().to_string(), otel.id("request"));
    assert!(!carried.context.span().is_recording() && carried.context.baggage().is_empty());
}

#[test]
fn after_a_shutdown_what_came_in_is_passed_on() {
    for activates in [true, false] {
        let otel = Otel::new();
        otel.provider.shutdown().expect("a shutdown");
        with_default(otel.subscriber(activates), || {
            let span = tracing::info_span!("request");
            request("01").adopt(&span);
            span.in_scope(|| {
                let mut onward = http::HeaderMap::new();
                super::super::inject(&mut onward);
                assert_eq!(onward["traceparent"], format!("00-{TRACE}-{SPAN}-01").as_str());
                assert_eq!(onward["baggage"], "tier=gold");
            });
        });
    }
}
