//! Nothing seen: a failure where calls are expected, and no proof where nobody was looking.

use llm_span::{contract::FindingKind, testing::capture};

use crate::{chat, failure};

#[test]
fn a_check_of_nothing_fails_and_names_what_was_seen() {
    let calls = capture();
    let message = failure(|| calls.assert_contract());
    assert!(message.contains("error[no-span-seen]: no call was seen: nothing was checked"), "{message}");
    assert!(message.contains("absence.rs:9 capture"), "the capture's line stands in {message}");
    assert!(message.contains("no other span was seen either"), "{message}");

    tracing::info_span!("http.request").in_scope(|| {});
    tracing::info_span!("llm.inference").in_scope(|| {});
    let report = calls.check_contract().expect_err("there is still no call");
    assert_eq!(report.findings()[0].finding.kind, FindingKind::NoSpanSeen);
    let text = report.to_string();
    assert!(text.contains("2 other spans were seen, none of them subject to a contract: http.request, llm.inference"), "{text}");
    assert!(text.contains("was it awaited?") && text.contains("calls.capture("), "{text}");
}

#[test]
fn a_future_that_is_not_polled_is_no_call() {
    let calls = capture();
    drop(llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o").run_in_body(async {}));
    assert_eq!(calls.count(), 0);
    calls.assert_no_calls();
}

#[test]
fn no_calls_holds_beside_other_spans_and_fails_on_a_call() {
    let calls = capture();
    tracing::info_span!("http.request").in_scope(|| {});
    calls.assert_no_calls();
    assert_eq!(calls.spans().len(), 1, "the probe is none of the captured spans");
    chat();
    let message = failure(|| calls.assert_no_calls());
    assert!(message.starts_with("1 call was captured, expected none\n"), "{message}");
    assert!(message.contains("span llm.completion closed ok after"), "{message}");
}

#[test]
fn no_calls_does_not_hold_where_the_capture_is_not_in_force() {
    let calls = capture();
    let other = tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new());
    chat();
    assert!(!calls.is_live());
    let message = failure(|| calls.assert_no_calls());
    assert!(message.contains("the capture is not in force here"), "{message}");
    assert!(failure(|| calls.assert_contract()).contains("the capture is not in force here"));
    calls.in_scope(|| assert!(calls.is_live()));
    drop(other);
    calls.assert_no_calls();
}
