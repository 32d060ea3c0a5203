//! What is current in a future.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use opentelemetry::trace::{Span as _, Tracer as _};
use tracing::{Instrument as _, subscriber::set_default};

use super::{Carried, Otel, SPAN, TRACE, attribute, baggage, headers, request};
use crate::Correlation;

#[tokio::test]
async fn spans_of_a_request_are_of_its_trace_and_carry_its_ids() {
    let otel = Otel::new();
    let _default = set_default(otel.subscriber(true));
    let tracer = otel.tracer();
    let carried = Carried::of_headers(&headers(&[
        ("traceparent", &format!("00-{TRACE}-{SPAN}-01")),
        ("baggage", "tier=gold,user.id=anna"),
        ("x-session-id", "s"),
        ("x-conversation-id", "c"),
        ("x-telemetry-service", "app"),
        ("x-telemetry-version", "2.0"),
    ]));
    let work = async {
        tokio::task::yield_now().await;
        assert_eq!(baggage("tier").as_deref(), Some("gold"));
        tracing::info_span!("SELECT").in_scope(|| ());
        tracer.start("foreign").end();
    };
    carried.run(work).await;
    assert_eq!(baggage("tier"), None);
    assert!(Correlation::current().is_empty());
    for name in ["SELECT", "foreign"] {
        let span = otel.span(name);
        assert_eq!((otel.trace(name).as_str(), otel.parent(name).as_str()), (TRACE, SPAN));
        let keys = ["session.id", "user.id", "gen_ai.conversation.id", "client.service.name", "client.service.version"];
        let expected = ["s", "anna", "c", "app", "2.0"].map(|text| Some(text.to_owned()));
        assert_eq!(keys.map(|key| attribute(&span, key)), expected, "{name}");
    }
}

#[tokio::test]
async fn a_span_that_was_adopted_stays_the_parent_inside_and_outside() {
    let otel = Otel::new();
    let _default = set_default(otel.subscriber(true));
    let carried = request("01");
    let below = |name: &'static str| async move {
        assert_eq!(baggage("tier").as_deref(), Some("gold"));
        tracing::info_span!("below", otel.name = name).in_scope(|| ());
    };
    let (inside, outside) = (tracing::info_span!("inside"), tracing::info_span!("outside"));
    carried.adopt(&inside);
    carried.adopt(&outside);
    carried.run(below("a").instrument(inside)).await;
    carried.run(below("b")).instrument(outside).await;
    assert_eq!(otel.parent("a"), otel.id("inside"));
    assert_eq!(otel.parent("b"), otel.id("outside"));
}

#[tokio::test]
async fn in_a_span_of_another_trace_it_is_current_all_the_same() {
    for activates in [true, false] {
        let otel = Otel::new();
        let _default = set_default(otel.subscriber(activates));
        let work = async {
            assert_eq!(Carried::current().span_id().as_deref(), Some(SPAN));
            tokio::task::yield_now().await;
            let adopted = tracing::info_span!("adopted");
            Carried::current().adopt(&adopted);
            let seen = adopted.in_scope(Carried::current);
            drop(adopted);
            assert_eq!((seen.trace_id().as_deref(), seen.span_id()), (Some(TRACE), Some(otel.id("adopted"))));
        };
        request("01").run(work).instrument(tracing::info_span!("worker")).await;
        assert_eq!(otel.parent("adopted"), SPAN);
        assert_ne!(otel.trace("worker"), TRACE);
    }
}

#[tokio::test]
async fn spans_that_go_elsewhere_carry_its_ids() {
    let otel = Otel::new();
    let dispatch = tracing::Dispatch::new(otel.subscriber(true));
    let _default = tracing::dispatcher::set_default(&dispatch);
    let bare = Carried::of_headers(&headers(&[("x-session-id", "s")]));
    for carried in [request("01"), bare] {
        let begun = carried.run(async { tracing::info_span!("begun") }).await;
        let within = async { carried.run(async { tracing::info_span!("within") }).await };
        let within = within.instrument(tracing::info_span!("worker")).await;
        assert!(Correlation::current().is_empty());
        begun.in_scope(|| ());
        within.in_scope(|| ());
        drop((begun, within));
        for name in ["begun", "within"] {
            assert_eq!(attribute(&otel.span(name), "session.id").as_deref(), Some("s"), "{name} of {carried:?}");
        }
        otel.exporter.reset();
    }
}

#[tokio::test]
async fn work_runs_in_its_span_with_all_that_is_carried() {
    let otel = Otel::new();
    let _default = set_default(otel.subscriber(true));
    let seen = request("01").run_in(tracing::info_span!(parent: None, "summary"), async {
        tokio::task::yield_now().await;
        (baggage("tier"), Correlation::current(), Carried::current().span_id())
    });
    let (tier, ids, span) = seen.instrument(tracing::info_span!("worker")).await;
    assert_eq!((tier.as_deref(), ids.session_id()), (Some("gold"), Some("s")));
    assert_eq!((otel.parent("summary").as_str(), otel.trace("summary").as_str()), (SPAN, TRACE));
    assert_eq!(span, Some(otel.id("summary")));
    assert_eq!(attribute(&otel.span("summary"), "session.id").as_deref(), Some("s"));
}

#[test]
fn a_future_may_be_polled_in_one_span_and_then_in_another() {
    let otel = Otel::new();
    let _default = set_default(otel.subscriber(true));
    let mut run = pin!(request("01").run(async {
        let first = Carried::current();
        tokio::task::yield_now().await;
        [first, Carried::current()].map(|seen| seen.span_id())
    }));
    let mut poll = || run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let (one, other) = (tracing::info_span!("one"), tracing::info_span!("other"));
    assert!(one.in_scope(&mut poll).is_pending());
    assert_eq!(other.in_scope(poll), Poll::Ready([Some(SPAN.to_owned()), Some(SPAN.to_owned())]));
}

#[tokio::test]
async fn the_inner_of_two_counts() {
    let inner = Carried::of_headers(&headers(&[("traceparent", &format!("00-{TRACE}-000000000000000a-00"))]));
    let seen = request("01").run(inner.run(async { Carried::current() })).await;
    assert_eq!(seen.span_id().as_deref(), Some("000000000000000a"));
    let seen = request("01").run(Carried::default().run(async { Carried::current() })).await;
    assert_eq!(seen.span_id().as_deref(), Some(SPAN), "one that says nothing changes nothing");
    let otel = Otel::new();
    let _default = set_default(otel.subscriber(true));
    let (outer, inner) =
        tracing::info_span!("outer").in_scope(|| (Carried::current(), tracing::info_span!("inner").in_scope(Carried::current)));
    let seen = outer.run(inner.run(async { Carried::current() })).await;
    assert_eq!(seen.span_id(), inner.span_id(), "both are names of local spans");
}

#[tokio::test]
async fn baggage_that_was_taken_away_is_not_there() {
    let seen = request("01").run(request("01").without_baggage().run(async { baggage("tier") })).await;
    assert_eq!(seen, None);
    let only = Carried::of_headers(&headers(&[("baggage", "tier=lead")]));
    let (seen, carried) = request("01").run(only.run(async { (baggage("tier"), Carried::current()) })).await;
    assert_eq!((seen.as_deref(), carried.trace_id().as_deref()), (Some("lead"), Some(TRACE)));
}

#[tokio::test]
async fn telemetry_that_is_switched_off_stays_off() {
    let otel = Otel::new();
    let _default = set_default(otel.subscriber(true));
    let quiet = async {
        tracing::info_span!("quiet").in_scope(|| ());
        let adopted = tracing::info_span!("adopted");
        request("01").adopt(&adopted);
        adopted.in_scope(|| ());
    };
    {
        let _off = opentelemetry::Context::enter_telemetry_suppressed_scope();
        let mut run = pin!(request("01").run(quiet));
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
    tracing::info_span!("loud").in_scope(|| ());
    assert_eq!(otel.names(), ["loud"]);
}

#[test]
fn what_a_cancelled_future_drops_still_sees_it() {
    struct Last<'a>(&'a mut Option<Carried>);
    impl Drop for Last<'_> {
        fn drop(&mut self) {
            *self.0 = Some(Carried::current());
        }
    }
    let mut seen = None;
    {
        let last = Last(&mut seen);
        let mut future = Box::pin(request("01").run(async move {
            let _last = last;
            std::future::pending::<()>().await;
        }));
        assert_eq!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        assert_eq!(Carried::current().trace_id(), None, "nothing between the polls");
    }
    let seen = seen.expect("it was dropped");
    assert_eq!((seen.trace_id().as_deref(), seen.correlation().session_id()), (Some(TRACE), Some("s")));
    let mut ready = pin!(request("01").run(std::future::ready(5)));
    assert_eq!(ready.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(5));
}
