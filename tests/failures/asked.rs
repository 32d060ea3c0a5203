//! The calls that the tests make.

use std::{
    future::{Future, pending},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Waker},
};

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{
    Outcome, Usage, llm_span, record_usage,
    testing::{Calls, Tokens},
};

use crate::ledger::Ledger;

/// Prompt and completion: all there is of an answer.
pub(crate) type Answer = (u32, u32);

#[derive(Debug)]
pub(crate) struct Overloaded;

/// Records what it uses, then never ends.
#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
pub(crate) async fn stalls(used: Answer) {
    record_usage(Usage::new(used.0, used.1));
    pending::<()>().await;
}

/// Tells what it has used with its first chunk, and never sends another.
#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
pub(crate) fn stalling(used: Answer) -> impl Stream<Item = Answer> + Send + Unpin {
    stream::iter([used]).chain(stream::pending())
}

/// A future that has begun: it was polled once.
pub(crate) fn begun<F: Future<Output: std::fmt::Debug>>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "it has ended: {polled:?}");
    future
}

/// The panic that `code` ends in.
#[track_caller]
pub(crate) fn panics<R>(code: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(code)).is_err(), "it did not panic");
}

/// Every call has ended once, in that way; that much was counted in all; and nothing is left on this thread.
#[track_caller]
pub(crate) fn assert_all(ledger: &Ledger, calls: &Calls, outcome: Outcome, counted: (i64, i64)) {
    for span in calls.all() {
        span.assert_outcome(outcome);
        let error_type = (outcome == Outcome::Panic).then(|| "panic".to_owned());
        assert_eq!(span.error_type(), error_type);
    }
    assert_ended(ledger, calls, counted);
}

/// Every call has ended once, its span is closed, and nothing is left on this thread.
#[track_caller]
pub(crate) fn assert_ended(ledger: &Ledger, calls: &Calls, counted: (i64, i64)) {
    assert!(calls.count() > 0, "no call was seen");
    for span in calls.all() {
        assert_eq!(span.records().filter(|(key, _)| *key == "llm.outcome").count(), 1, "{span:?}");
        assert!(span.is_closed(), "{span:?}");
    }
    let expected = Tokens::new(counted.0, counted.1);
    assert_eq!((ledger.counted(), calls.tokens()), (expected, expected), "the counters, and the capture");
    ledger.assert_nothing_is_under_way();
    assert_eq!(ledger.counted(), Tokens::default(), "a record outside of calls was counted");
}
