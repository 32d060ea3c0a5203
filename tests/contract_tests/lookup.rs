//! Finding a span: the only one, or a message that lists what was seen.

use llm_span::testing::{CapturedSpan, capture};

use crate::{chat, failure};

#[test]
fn the_only_call_is_found_among_other_spans() {
    let calls = capture();
    tracing::info_span!("http.request").in_scope(chat);
    assert_eq!(calls.count(), 1);
    assert_eq!(calls.only().name(), "llm.completion");
    let names: Vec<_> = calls.spans().iter().map(CapturedSpan::name).collect();
    assert_eq!(names, ["http.request", "llm.completion"]);
}

#[test]
fn two_calls_are_not_one_and_are_listed() {
    let calls = capture();
    chat();
    chat();
    let message = failure(|| drop(calls.only()));
    assert!(message.starts_with("2 calls were captured, expected one\n"), "{message}");
    assert_eq!(message.matches("span llm.completion closed ok").count(), 2, "{message}");
    let message = failure(|| drop(calls.span("llm.completion")));
    assert!(message.starts_with("2 spans `llm.completion` were captured, expected one\n"), "{message}");
}

#[test]
fn a_misspelt_name_is_suggested() {
    let calls = capture();
    chat();
    let message = failure(|| drop(calls.span("llm.completoin")));
    assert!(message.starts_with("no span `llm.completoin` was captured\n"), "{message}");
    assert!(message.ends_with("help: did you mean `llm.completion`?"), "{message}");
}

#[test]
fn an_empty_capture_says_why_it_may_be() {
    let calls = capture();
    let message = failure(|| drop(calls.only()));
    assert!(message.starts_with("0 calls were captured, expected one\n"), "{message}");
    assert!(message.contains("no span was seen at all") && message.contains("was it awaited?"), "{message}");
}

#[test]
fn a_long_list_is_cut() {
    let calls = capture();
    (0..30).for_each(|_| chat());
    let message = failure(|| drop(calls.only()));
    assert_eq!(message.matches("span llm.completion").count(), 20, "{message}");
    assert!(message.contains("… and 10 more"), "{message}");
}

#[test]
fn what_was_seen_prints_as_a_tree() {
    let calls = capture();
    tracing::info_span!("request").in_scope(|| tracing::info_span!("step").in_scope(|| {}));
    let printed = calls.to_string();
    let lines: Vec<_> = printed.lines().map(|line| line.split(" after").next().expect("there is a time")).collect();
    assert_eq!(lines, ["span request closed ok", "  span step closed ok"]);
}
