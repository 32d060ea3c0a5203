//! Polls inside of polls, and polls after a panic was caught: no call is taken for another.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use llm_span::{Operation, Outcome, Usage, call, llm_span, record_usage};

use crate::{
    asked::{Answer, assert_all, assert_ended, begun, panics, stalling, stalls},
    ledger,
};

#[tokio::test]
async fn a_call_that_is_dropped_inside_the_poll_of_another_is_cancelled_and_the_other_goes_on() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    async fn drops<T>(other: T) {
        drop(other);
        tokio::task::yield_now().await;
        record_usage(Usage::new(1, 2));
    }

    let (ledger, calls) = ledger::open();
    let mut chunks = stalling((10, 1));
    chunks.next().await;
    drops((begun(stalls((100, 1))), chunks)).await;
    let outcomes: Vec<_> = calls.all().iter().map(|call| call.outcome().unwrap()).collect();
    assert_eq!(outcomes, [Outcome::Cancelled, Outcome::Cancelled, Outcome::Ok]);
    calls.all()[2].assert_attribute("llm.tokens.total", 3);
    assert_ended(&ledger, &calls, (111, 4));
}

#[tokio::test]
async fn a_call_that_panics_inside_the_poll_of_another_is_the_only_one_that_did() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    async fn catches() {
        let inner = call(Operation::Chat, "openai", "gpt-4o").run_in_body(poll_fn(|_| -> Poll<Option<()>> {
            record_usage(Usage::new(10, 1));
            panic!("the inner one is broken")
        }));
        AssertUnwindSafe(inner).catch_unwind().await.unwrap_err();
        record_usage(Usage::new(1, 2));
    }

    let (ledger, calls) = ledger::open();
    catches().await;
    let [outer, inner] = calls.all().try_into().unwrap();
    outer.assert_outcome(Outcome::Ok);
    outer.assert_attribute("llm.tokens.total", 3);
    inner.assert_outcome(Outcome::Panic);
    assert_ended(&ledger, &calls, (11, 3));
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
fn breaks_once() -> impl Stream<Item = Answer> + Unpin {
    stream::iter([(128, 1), (0, 0), (128, 64)]).inspect(|(prompt, _)| assert!(*prompt > 0, "the provider's client is broken"))
}

#[test]
fn a_stream_that_is_polled_on_after_a_panic_gives_its_items_and_has_ended_in_the_panic() {
    let (ledger, calls) = ledger::open();
    let mut chunks = breaks_once();
    let mut poll = || {
        let polled = catch_unwind(AssertUnwindSafe(|| chunks.poll_next_unpin(&mut Context::from_waker(Waker::noop()))));
        polled.ok()
    };
    assert_eq!(poll(), Some(Poll::Ready(Some((128, 1)))));
    assert_eq!(poll(), None);
    assert_eq!(poll(), Some(Poll::Ready(Some((128, 64)))));
    calls.all()[0].assert_outcome(Outcome::Panic);
    assert_eq!(poll(), Some(Poll::Ready(None)));
    drop(chunks);
    calls.only().assert_streamed(1);
    assert_all(&ledger, &calls, Outcome::Panic, (128, 1));
}

#[test]
fn an_open_call_in_whose_scope_code_panics_has_ended_whatever_is_told_of_it_later() {
    let (ledger, calls) = ledger::open();
    let mut open = call(Operation::Chat, "openai", "gpt-4o").open();
    panics(|| {
        open.in_scope(|| {
            record_usage(Usage::new(128, 7));
            panic!("the provider's client is broken")
        })
    });
    assert_eq!(open.in_scope(|| 5), 5);
    open.succeed(Usage::new(1, 1));
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[test]
fn guards_that_are_dropped_in_the_wrong_order_are_taken_for_themselves() {
    let (ledger, calls) = ledger::open();
    let outer = call(Operation::Chat, "openai", "outer").enter();
    let inner = call(Operation::Chat, "openai", "inner").enter();
    outer.succeed(Usage::new(10, 1));
    record_usage(Usage::new(100, 1));
    inner.succeed(());
    assert_all(&ledger, &calls, Outcome::Ok, (110, 2));
}

#[tokio::test]
async fn streams_that_poll_each_other_record_each_on_its_own_call() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    fn counted<'a>(n: u32, inner: Pin<Box<dyn Stream<Item = u32> + 'a>>) -> Pin<Box<dyn Stream<Item = u32> + 'a>> {
        Box::pin(inner.inspect(move |_| record_usage(Usage::new(n, n))))
    }

    let (ledger, calls) = ledger::open();
    let innermost = counted(1, Box::pin(stream::iter([1, 2, 3])));
    assert_eq!(counted(100, counted(10, innermost)).count().await, 3);
    let prompts: Vec<_> = calls.all().iter().map(|call| call.tokens().unwrap().prompt).collect();
    assert_eq!(prompts, [1, 10, 100]);
    assert_all(&ledger, &calls, Outcome::Ok, (111, 111));
}
