//! Panics in a call's body, wherever that runs: the call has ended in a panic, and keeps what it had used.

use std::{panic::AssertUnwindSafe, thread};

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use llm_span::{Operation, Outcome, Usage, call, llm_span, record_usage};
use tracing::{dispatcher, instrument::WithSubscriber as _};

use crate::{
    asked::{Answer, assert_all, assert_ended, panics},
    ledger,
};

fn breaks() {
    record_usage(Usage::new(128, 7));
    panic!("the provider's client is broken");
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
fn breaks_now() {
    breaks();
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
async fn breaks_later() {
    tokio::task::yield_now().await;
    breaks();
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
fn breaks_streaming() -> impl Stream<Item = Answer> + Send {
    stream::iter([(128, 7), (0, 0)]).inspect(|(prompt, _)| assert!(*prompt > 0, "the provider's client is broken"))
}

#[test]
fn a_panic_in_a_function_ends_the_call_in_it() {
    let (ledger, calls) = ledger::open();
    panics(breaks_now);
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[test]
fn a_panic_between_two_lines_ends_the_call_in_it() {
    let (ledger, calls) = ledger::open();
    panics(|| {
        let _guard = call(Operation::Chat, "openai", "gpt-4o").enter();
        breaks();
    });
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[tokio::test]
async fn a_panic_in_a_future_ends_the_call_in_it() {
    let (ledger, calls) = ledger::open();
    AssertUnwindSafe(breaks_later()).catch_unwind().await.unwrap_err();
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[tokio::test]
async fn a_panic_in_a_stream_ends_the_call_in_it() {
    let (ledger, calls) = ledger::open();
    AssertUnwindSafe(breaks_streaming().count()).catch_unwind().await.unwrap_err();
    calls.only().assert_streamed(1);
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[tokio::test]
async fn a_panic_in_a_task_ends_the_call_in_it() {
    let (ledger, calls) = ledger::open();
    let later = tokio::spawn(breaks_later());
    let streaming = tokio::spawn(breaks_streaming().count());
    assert!(later.await.unwrap_err().is_panic() && streaming.await.unwrap_err().is_panic());
    assert_all(&ledger, &calls, Outcome::Panic, (256, 14));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_in_a_task_on_another_thread_ends_the_call_in_it() {
    let (ledger, calls) = ledger::open();
    let task = calls.capture(async { breaks_later().await }.with_subscriber(ledger.dispatch()));
    assert!(tokio::spawn(task).await.unwrap_err().is_panic());
    let blocking = calls.scope();
    assert!(tokio::task::spawn_blocking(move || blocking.in_scope(breaks_now)).await.unwrap_err().is_panic());
    assert_all(&ledger, &calls, Outcome::Panic, (256, 14));
}

#[test]
fn a_panic_in_a_thread_ends_the_call_in_it() {
    let (ledger, calls) = ledger::open();
    let (dispatch, scope) = (ledger.dispatch(), calls.scope());
    let thread = thread::spawn(move || dispatcher::with_default(&dispatch, || scope.in_scope(breaks_now)));
    thread.join().unwrap_err();
    assert_all(&ledger, &calls, Outcome::Panic, (128, 7));
}

#[test]
fn a_panic_of_a_thread_that_the_call_waits_for_is_the_calls_error() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
    fn waits() -> Result<(), Box<dyn std::any::Any + Send>> {
        let call = llm_span::current_call();
        let thread = thread::spawn(move || {
            call.record_usage(Usage::new(128, 7));
            panic!("the thread is broken");
        });
        thread.join()
    }

    let (ledger, calls) = ledger::open();
    waits().unwrap_err();
    let span = calls.only();
    span.assert_outcome(Outcome::Error);
    span.assert_attribute("error.type", "_OTHER");
    assert_ended(&ledger, &calls, (128, 7));
}

#[test]
fn a_call_that_is_made_while_the_thread_unwinds_is_not_the_one_that_panics() {
    /// Says goodbye when it is dropped.
    struct Farewell;

    impl Drop for Farewell {
        fn drop(&mut self) {
            let guard = call(Operation::Chat, "openai", "farewell").enter();
            guard.succeed(Usage::new(1, 1));
            drop(call(Operation::Chat, "openai", "given up").enter());
        }
    }

    let (ledger, calls) = ledger::open();
    panics(|| {
        let _farewell = Farewell;
        breaks_now();
    });
    let outcomes: Vec<_> = calls.all().iter().map(|call| call.outcome().unwrap()).collect();
    assert_eq!(outcomes, [Outcome::Panic, Outcome::Ok, Outcome::Cancelled]);
    assert_ended(&ledger, &calls, (129, 8));
}
