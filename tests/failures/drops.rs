//! Panics while something is dropped: the call has ended in one, and keeps what it had used.

use std::{
    future::pending,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use llm_span::{Operation, Outcome, Usage, call, llm_span, record_usage};

use crate::{
    asked::{Answer, assert_all, begun, panics},
    ledger,
};

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("it is dropped");
    }
}

/// Some chunks, and a panic when it is dropped.
struct Chunks {
    left: Vec<Answer>,
    _bomb: Bomb,
}

impl Chunks {
    fn new() -> Self {
        Self { left: vec![(128, 7)], _bomb: Bomb }
    }
}

impl Stream for Chunks {
    type Item = Answer;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Answer>> {
        Poll::Ready(self.left.pop())
    }
}

impl Iterator for Chunks {
    type Item = Answer;

    fn next(&mut self) -> Option<Answer> {
        self.left.pop()
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
fn stream() -> impl Stream<Item = Answer> + Unpin {
    Chunks::new()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
fn iterator() -> impl Iterator<Item = Answer> {
    Chunks::new()
}

#[tokio::test]
async fn a_stream_that_panics_when_it_is_dropped_keeps_its_usage() {
    let (ledger, calls) = ledger::open();
    let mut chunks = stream();
    assert_eq!(chunks.next().await, Some((128, 7)));
    panics(|| drop(chunks));
    calls.only().assert_streamed(1);
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[test]
fn an_iterator_that_panics_when_it_is_dropped_keeps_its_usage() {
    let (ledger, calls) = ledger::open();
    let mut chunks = iterator();
    assert_eq!(chunks.next(), Some((128, 7)));
    panics(|| drop(chunks));
    calls.only().assert_streamed(1);
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[test]
fn a_stream_that_panics_when_it_is_dropped_at_its_end_has_succeeded() {
    let (ledger, calls) = ledger::open();
    let mut chunks = stream();
    // Dropped with its last item, so that what it holds ends within the call.
    panics(|| while chunks.next().now_or_never().flatten().is_some() {});
    drop(chunks);
    assert_all(&ledger, &calls, Outcome::Ok, (128, 7));
}

#[test]
fn a_future_that_panics_when_it_is_cancelled_keeps_its_usage() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    async fn armed() {
        let _bomb = Bomb;
        record_usage(Usage::new(128, 7));
        pending::<()>().await;
    }

    let (ledger, calls) = ledger::open();
    let future = begun(armed());
    panics(|| drop(future));
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[test]
fn a_body_that_panics_when_its_locals_are_dropped_keeps_its_usage() {
    let (ledger, calls) = ledger::open();
    panics(|| {
        call(Operation::Chat, "openai", "gpt-4o").in_scope_in_body(|| {
            let _bomb = Bomb;
            record_usage(Usage::new(128, 7));
            Some(())
        })
    });
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[test]
fn what_records_its_usage_when_it_is_dropped_records_it_on_its_call() {
    /// A connection that tells what it has used at last.
    struct Connection;

    impl Drop for Connection {
        fn drop(&mut self) {
            record_usage(Usage::new(128, 7));
        }
    }

    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    async fn connected() {
        let _connection = Connection;
        pending::<()>().await;
    }

    let (ledger, calls) = ledger::open();
    drop(begun(connected()));
    assert_all(&ledger, &calls, Outcome::Cancelled, (128, 7));
}
