//! Headers in and out.

use http::HeaderMap;

use super::{Carried, SPAN, TRACE, headers, request};
use crate::Correlation;

fn injected(carried: &Carried, mut into: HeaderMap) -> Vec<(String, String)> {
    carried.inject(&mut into);
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut pairs: Vec<_> = into.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    pairs.sort();
    pairs
}

fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_came_in_is_passed_on_unchanged() {
    for flags in ["00", "01", "02", "03"] {
        let parent = format!("00-{TRACE}-{SPAN}-{flags}");
        let incoming = [("baggage", "a=1;p=q,b=%20"), ("traceparent", parent.as_str()), ("tracestate", "x=1,y= 2")];
        assert_eq!(injected(&Carried::of_headers(&headers(&incoming)), HeaderMap::new()), own(&incoming));
    }
}

#[test]
fn those_of_an_earlier_hop_are_replaced() {
    let earlier = [
        ("traceparent", "00-00000000000000000000000000000001-0000000000000001-01"),
        ("traceparent", "other"),
        ("tracestate", "old=1"),
        ("tracestate", "old=2"),
        ("baggage", "old=1"),
        ("baggage", "old=2"),
        ("accept", "*/*"),
    ];
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let without = Carried::of_headers(&headers(&[("traceparent", &parent)]));
    assert_eq!(injected(&without, headers(&earlier)), own(&[("accept", "*/*"), ("traceparent", &parent)]));
    let with = injected(&request("01"), headers(&earlier));
    assert_eq!(with, own(&[("accept", "*/*"), ("baggage", "tier=gold"), ("traceparent", &parent)]));
}

#[test]
fn of_nothing_nothing_is_set_or_taken_away() {
    assert_eq!(injected(&Carried::current(), HeaderMap::new()), []);
    let there = [("baggage", "old=1"), ("traceparent", "mine"), ("tracestate", "old=1")];
    assert_eq!(injected(&Carried::current(), headers(&there)), own(&there));
    let kept = own(&[("traceparent", "mine"), ("tracestate", "old=1")]);
    assert_eq!(injected(&Carried::current().without_baggage(), headers(&there)), kept, "but for baggage that must not go");
}

#[test]
fn a_state_without_a_trace_is_ignored_and_a_bad_one_leaves_the_trace() {
    let state = ("tracestate", "x=1");
    assert_eq!(injected(&Carried::of_headers(&headers(&[state])), HeaderMap::new()), []);
    let parent = format!("00-{TRACE}-{SPAN}-01");
    for bad in ["x", "x=1,x=2", "X=1"] {
        let carried = Carried::of_headers(&headers(&[("traceparent", &parent), ("tracestate", bad)]));
        assert_eq!(injected(&carried, HeaderMap::new()), own(&[("traceparent", &parent)]));
    }
    let twice = Carried::of_headers(&headers(&[("traceparent", &parent), ("traceparent", &parent), state]));
    assert_eq!((twice.trace_id(), twice.span_id()), (None, None));
}

#[test]
fn ids_go_as_baggage_where_they_may() {
    let correlation = Correlation::new().session("s 1").user("u").conversation("c").client_service("app");
    correlation.in_scope(|| {
        assert_eq!(injected(&Carried::current(), HeaderMap::new()), []);
        let with = Carried::current().with_correlation_in_baggage();
        let expected = [("baggage", "gen_ai.conversation.id=c,session.id=s%201,user.id=u")];
        assert_eq!(injected(&with, HeaderMap::new()), own(&expected));
        assert_eq!(injected(&with.without_baggage(), HeaderMap::new()), []);
    });
    let carried = Carried::of_headers(&headers(&[("baggage", "session.id=old,tier=gold"), ("x-session-id", "new")]));
    let with = carried.clone().with_correlation_in_baggage();
    assert_eq!(injected(&with, HeaderMap::new()), own(&[("baggage", "session.id=new,tier=gold")]));
    let alone = carried.without_baggage().with_correlation_in_baggage();
    assert_eq!(injected(&alone, HeaderMap::new()), own(&[("baggage", "session.id=new")]));
}

#[test]
fn no_two_ids_are_sent_on_where_a_header_wins() {
    let cases = [
        ("session.id=old;p=1,tier=gold", "session.id=new,tier=gold"),
        ("tier=gold", "tier=gold"),
        ("session.id=new;p=1", "session.id=new;p=1"),
    ];
    for (came, sent) in cases {
        let carried = Carried::of_headers(&headers(&[("baggage", came), ("x-session-id", "new")]));
        assert_eq!(carried.correlation().session_id(), Some("new"));
        assert_eq!(injected(&carried, HeaderMap::new()), own(&[("baggage", sent)]));
    }
    let long = format!("session.id={}", "s".repeat(200));
    let carried = Carried::of_headers(&headers(&[("baggage", &long)]));
    assert_eq!(injected(&carried, HeaderMap::new()), own(&[("baggage", &long)]), "without a header all stays as it came");
}

#[test]
fn of_a_request_that_is_not_trusted_the_trace_alone_is_read() {
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let all = [("traceparent", parent.as_str()), ("tracestate", "x=1"), ("baggage", "user.id=u"), ("x-session-id", "s")];
    let carried = Carried::trace_of_headers(&headers(&all));
    assert!(carried.correlation().is_empty());
    assert_eq!(injected(&carried, HeaderMap::new()), own(&[("traceparent", &parent), ("tracestate", "x=1")]));
}

#[test]
fn ids_are_there_where_baggage_is_full() {
    let full: Vec<_> = (0..64).map(|number| format!("k{number:02}=1")).collect();
    let carried = Carried::of_headers(&headers(&[("baggage", &full.join(",")), ("x-user-id", "u")]));
    let pairs = injected(&carried.with_correlation_in_baggage(), HeaderMap::new());
    assert!(pairs[0].1.starts_with("user.id=u,"));
    assert_eq!(pairs[0].1.split(',').count(), 64);
}

#[test]
fn a_map_that_is_full_stays_as_it_is() {
    let mut full = HeaderMap::new();
    for number in 0_u32.. {
        let name = http::HeaderName::try_from(format!("x-{number}")).expect("a name");
        if full.try_append(name, http::HeaderValue::from_static("1")).is_err() {
            break;
        }
    }
    let length = full.len();
    request("01").inject(&mut full);
    assert_eq!(full.len(), length);
}

#[test]
fn debug_tells_no_header_of_others() {
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let carried = Carried::of_headers(&headers(&[("traceparent", &parent), ("tracestate", "x=secret"), ("baggage", "y=secret")]));
    let text = format!("{carried:?}");
    assert!(text.contains(TRACE) && !text.contains("secret"), "{text}");
}
