//! What a test sees of a call: that it is open, or how it ended.

use llm_span::{
    Outcome,
    testing::{Calls, CapturedSpan},
};

/// The call that was opened first; those below it come later.
#[track_caller]
pub(crate) fn outermost(calls: &Calls) -> CapturedSpan {
    calls.all().into_iter().next().unwrap_or_else(|| panic!("no call was opened"))
}

/// It carries what the answer tells, and it is counted once.
#[track_caller]
pub(crate) fn assert_tokens(calls: &Calls) {
    calls.assert_contract();
    let told = outermost(calls).tokens().map(|tokens| (tokens.prompt, tokens.completion, tokens.total));
    assert_eq!(told, Some((128, 64, 192)));
    assert_eq!(calls.tokens().total, 192);
}

#[track_caller]
pub(crate) fn assert_open(calls: &Calls) {
    let span = outermost(calls);
    assert!(span.outcome().is_none() && !span.is_closed(), "{span:?} has ended");
}

/// It has ended so, its span is closed, and nothing was recorded twice: that would be exported twice.
#[track_caller]
pub(crate) fn assert_ended(calls: &Calls, outcome: Outcome) {
    let span = outermost(calls);
    span.assert_outcome(outcome);
    let error_type = match outcome {
        Outcome::Error => Some("Overloaded"),
        Outcome::Panic => Some("panic"),
        _ => None,
    };
    assert_eq!(span.error_type().as_deref(), error_type);
    assert!(span.is_closed());
    let mut keys = span.records().map(|(key, _)| key).collect::<Vec<_>>();
    keys.sort_unstable();
    let twice = keys.windows(2).find(|keys| keys[0] == keys[1]);
    assert_eq!(twice, None);
}
