//! Headers that are malformed, or mean harm.

use std::collections::BTreeMap;

use llm_span_examples::provider::Provider;
use serde_json::Value;

use super::{raw, setup};
use crate::process::Ended;

const TRACE: &str = "5d8a7c3f2e1b9a8c7d6e5f4a3b2c1d0e";
const PARENT: &str = "1a2b3c4d5e6f7a8b";

/// A request's span, and its line.
fn told(ended: &Ended, id: &str) -> (Value, Value) {
    let spans = ended.spans();
    let is_it = |span: &&Value| span["attributes"].to_string().contains(id) && span["name"] == "HTTP POST /v1/responses";
    let span = spans.iter().find(is_it).unwrap_or_else(|| panic!("no span of {id}: {spans:?}"));
    let lines = ended.lines_of("request served");
    let line = lines.iter().find(|(_, line)| line["request_id"] == id).unwrap_or_else(|| panic!("no line of {id}"));
    assert_eq!((&span["trace_id"], &span["span_id"]), (&line.1["trace_id"], &line.1["span_id"]));
    (span.clone(), line.1.clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_trace_context_that_is_none_is_served_in_a_trace_of_its_own() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    let of = |value: String| format!("traceparent: {value}\r\n").into_bytes();
    let good = format!("00-{TRACE}-{PARENT}-01");
    let bad = [
        of(String::new()),
        of("00".into()),
        of(format!("00-{TRACE}-{PARENT}")),
        of(format!("{good}-extra")),
        of(format!("ff-{TRACE}-{PARENT}-01")),
        of(format!("00-{}-{PARENT}-01", "0".repeat(32))),
        of(format!("00-{TRACE}-{}-01", "0".repeat(16))),
        of(good.to_uppercase()),
        of(format!("00-{TRACE}-{PARENT}-zz")),
        of(format!("00_{TRACE}_{PARENT}_01")),
        of(format!("00-{TRACE}0-{PARENT}-01")),
        of(format!("{good},{good}")),
        of("a".repeat(10_000)),
        [of(good.clone()), of(good.clone())].concat(),
        [b"traceparent: 00-\xff\xfe".as_slice(), TRACE.as_bytes(), b"\r\n"].concat(),
    ];
    let mut served = Vec::new();
    for headers in &bad {
        let answer = raw::ask(gateway.address(), headers).await;
        assert_eq!(answer.status(), Some(200), "{}", String::from_utf8_lossy(headers));
        served.push((answer.header("x-request-id").unwrap().to_owned(), false));
    }
    // A later version may have more, and a bad state does not spoil a good parent.
    for headers in [
        of(format!("  {good}\t")),
        of(format!("cc-{TRACE}-{PARENT}-01-what-comes-later")),
        [of(good.clone()), b"tracestate: =,,\xff,a=b=\x01\r\n".to_vec()].concat(),
        [of(good.clone()), format!("tracestate: {}\r\n", "k=v,".repeat(2000)).into_bytes()].concat(),
    ] {
        let answer = raw::ask(gateway.address(), &headers).await;
        if answer.status() == Some(400) && headers.contains(&1) {
            continue; // A control byte is no part of a header.
        }
        assert_eq!(answer.status(), Some(200), "{}", String::from_utf8_lossy(&headers));
        served.push((answer.header("x-request-id").unwrap().to_owned(), true));
    }
    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    let mut traces = BTreeMap::new();
    for (number, (id, goes_on)) in served.iter().enumerate() {
        let (span, _) = told(&ended, id);
        let trace = span["trace_id"].as_str().unwrap().to_owned();
        let parent = span["parent_span_id"].as_str().unwrap_or_default();
        assert_eq!((trace == TRACE, parent == PARENT), (*goes_on, *goes_on), "{number}: {span}");
        assert!(trace.len() == 32 && trace.bytes().any(|digit| digit != b'0'), "{span}");
        *traces.entry(trace).or_insert(0) += 1;
    }
    assert_eq!(traces.len(), bad.len() + 1, "each has one of its own: {traces:?}");
}

/// Headers, and the attributes that the request's span has by them, and those that it has not.
type Case<'a> = (Vec<u8>, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_and_baggage_that_mean_harm_are_cleaned_or_left_out() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    let long = "v".repeat(10_000);
    let cut = [("client.service.name", &long[..128])];
    let cases: [Case<'_>; 11] = [
        (format!("x-telemetry-service: {long}\r\n").into_bytes(), &cut, &[]),
        (b"x-session-id: a\xffb\xc3\r\n".to_vec(), &[("session.id", "ab")], &[]),
        (b"x-user-id: \xff\r\n".to_vec(), &[], &["user.id"]),
        (format!("baggage: session.id=s-1,{}\r\n", "k=v,".repeat(1900)).into_bytes(), &[("session.id", "s-1")], &[]),
        (format!("baggage: {}\r\n", "x".repeat(8192)).into_bytes(), &[], &["session.id"]),
        (b"baggage: session.id=%ff%fe%0a%00,user.id=%41\r\n".to_vec(), &[("user.id", "A")], &[]),
        (b"baggage: =,;;,session.id,\xff=\xff\r\n".to_vec(), &[], &["session.id"]),
        (b"x-request-id: ${jndi}\r\n".to_vec(), &[], &[]),
        (format!("x-request-id: {long}\r\n").into_bytes(), &[], &[]),
        (b"x-request-id: a\r\nx-request-id: b\r\n".to_vec(), &[], &[]),
        (b"x-forwarded-proto: \xff\r\nuser-agent: \xff\xfe\r\n".to_vec(), &[], &[]),
    ];
    let mut ids = Vec::new();
    for (headers, ..) in &cases {
        let answer = raw::ask(gateway.address(), headers).await;
        assert_eq!(answer.status(), Some(200), "{}", String::from_utf8_lossy(headers).chars().take(200).collect::<String>());
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert!(id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{id}");
        ids.push(id);
    }
    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    for (id, (headers, has, has_not)) in ids.iter().zip(&cases) {
        let (span, _) = told(&ended, id);
        let headers = String::from_utf8_lossy(headers).chars().take(60).collect::<String>();
        for (key, value) in *has {
            assert_eq!(span["attributes"][key], *value, "{headers}: {span}");
        }
        for key in *has_not {
            assert!(span["attributes"][key].is_null(), "{headers}: {span}");
        }
    }
    let is_control = |char: char| char.is_control() && char != '\n';
    assert!(!ended.stdout.contains(is_control) && !ended.stdout.contains(&long[..2000]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_over_the_servers_limit_are_refused() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    let many = (0..5000).map(|number| format!("x-{number}: v\r\n")).collect::<Vec<_>>().concat();
    let long = format!("x-long: {}\r\n", "v".repeat(2_000_000));
    for headers in [many.as_bytes(), long.as_bytes(), b"x-control: a\x01b\r\n", b"x-null: a\0b\r\n", b"x bad: a\r\n"] {
        let status = raw::ask(gateway.address(), headers).await.status();
        // A server that closes while it is sent to may not get its word through.
        assert!(matches!(status, None | Some(400 | 431)), "{status:?}");
    }
    assert_eq!(raw::ask(gateway.address(), b"").await.status(), Some(200));
    assert!(gateway.stop().is_well());
}
