//! Tasks that are aborted, and streams that change the thread or outlive their subscriber's time.

use std::{future::ready, thread};

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{Operation, Outcome, Usage, agent, call, current_call, llm_span, record_usage};

use tokio::task::JoinHandle;

use crate::{
    asked::{Answer, assert_all, assert_ended, begun, stalling, stalls},
    ledger,
};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
fn answer() -> impl Stream<Item = Answer> + Send + Unpin {
    stream::iter([(128, 1), (128, 2), (128, 64)])
}

/// A call and a stream, neither of which ends.
fn spawned() -> [JoinHandle<()>; 2] {
    [tokio::spawn(stalls((100, 1))), tokio::spawn(stalling((10, 1)).for_each(|_| ready(())))]
}

async fn abort(tasks: [JoinHandle<()>; 2]) {
    tasks.iter().for_each(JoinHandle::abort);
    for task in tasks {
        assert!(task.await.unwrap_err().is_cancelled());
    }
}

#[tokio::test]
async fn a_task_that_is_aborted_cancels_its_call() {
    let (ledger, calls) = ledger::open();
    let tasks = spawned();
    tokio::task::yield_now().await;
    abort(tasks).await;
    assert_all(&ledger, &calls, Outcome::Cancelled, (110, 2));
}

#[tokio::test]
async fn a_task_that_is_aborted_before_it_ran_is_no_call_and_cancels_a_stream() {
    let (ledger, calls) = ledger::open();
    abort(spawned()).await;
    calls.only().assert_streamed(0);
    assert_all(&ledger, &calls, Outcome::Cancelled, (0, 0));
}

#[tokio::test]
async fn a_task_of_an_agent_that_is_aborted_is_cancelled_below_it_and_in_its_sum() {
    let (ledger, calls) = ledger::open();
    let body = async {
        let task = tokio::spawn(current_call().run(stalls((100, 1))));
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        Some(())
    };
    agent("tutor").sum_of_children().run_in_body(body).await;
    let [agent, call] = calls.all().try_into().unwrap();
    agent.assert_outcome(Outcome::Ok);
    agent.assert_attribute("gen_ai.usage.input_tokens", 100);
    call.assert_outcome(Outcome::Cancelled);
    call.assert_child_of(&agent);
    assert_ended(&ledger, &calls, (100, 1));
}

#[tokio::test]
async fn a_task_of_a_call_that_panics_leaves_the_call_to_go_on() {
    let (ledger, calls) = ledger::open();
    let body = async {
        let task = tokio::spawn(current_call().run(async {
            record_usage(Usage::new(128, 7));
            panic!("the task is broken");
        }));
        task.await
    };
    call(Operation::Chat, "openai", "gpt-4o").run_in_body(body).await.unwrap_err();
    calls.only().assert_outcome(Outcome::Error);
    calls.only().assert_attribute("error.type", "JoinError");
    assert_ended(&ledger, &calls, (128, 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_moves_to_another_task_midway_is_one_call() {
    let (ledger, calls) = ledger::open();
    let mut chunks = answer();
    assert_eq!(chunks.next().await, Some((128, 1)));
    let mut chunks = tokio::spawn(async move {
        assert_eq!(chunks.next().await, Some((128, 2)));
        assert!(!current_call().is_open());
        chunks
    })
    .await
    .unwrap();
    assert_eq!(chunks.next().await, Some((128, 64)));
    assert_eq!(chunks.next().await, None);
    drop(chunks);
    calls.only().assert_streamed(3);
    assert_all(&ledger, &calls, Outcome::Ok, (128, 64));
}

#[tokio::test]
async fn a_stream_and_a_call_that_are_dropped_on_a_thread_without_a_runtime_are_cancelled() {
    let (ledger, calls) = ledger::open();
    let mut chunks = stalling((10, 1));
    chunks.next().await;
    let call = begun(stalls((100, 1)));
    thread::spawn(move || drop((chunks, call))).join().unwrap();
    assert_all(&ledger, &calls, Outcome::Cancelled, (110, 2));
}

#[test]
fn a_stream_that_a_thread_keeps_to_its_very_end_is_cancelled() {
    thread_local!(static KEPT: std::cell::RefCell<Option<Box<dyn std::any::Any>>> = const { std::cell::RefCell::new(None) });

    let (ledger, calls) = ledger::open();
    let mut chunks = stalling((10, 1));
    assert!(std::pin::Pin::new(&mut chunks).poll_next(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready());
    let open = call(Operation::Chat, "openai", "gpt-4o").open();
    thread::spawn(move || KEPT.set(Some(Box::new((chunks, open))))).join().unwrap();
    assert_all(&ledger, &calls, Outcome::Cancelled, (10, 1));
}

#[tokio::test]
async fn a_stream_that_outlives_its_subscribers_time_is_told_to_it() {
    let (mut ledger, calls) = ledger::open();
    let mut chunks = answer();
    chunks.next().await;
    ledger.leave();
    while chunks.next().await.is_some() {}
    drop(chunks);
    calls.only().assert_streamed(3);
    calls.only().assert_outcome(Outcome::Ok);
    assert_eq!(ledger.counted().total, 192);
}

#[tokio::test]
async fn a_stream_that_began_without_a_subscriber_is_never_a_call() {
    let mut chunks = answer();
    let (ledger, calls) = ledger::open();
    while chunks.next().await.is_some() {}
    let open = call(Operation::Chat, "openai", "gpt-4o").open();
    open.succeed(Usage::new(1, 1));
    assert_all(&ledger, &calls, Outcome::Ok, (1, 1));
}
