//! Captures in asynchronous tests: across awaits, in spawned tasks, with what a call leaves behind.

use std::time::Duration;

use llm_span::{
    Operation, Outcome, Usage, call,
    testing::{self, capture},
};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::chat;

async fn complete() -> Result<(u32, u32), std::io::Error> {
    let answer = async {
        tokio::task::yield_now().await;
        Ok((128, 64))
    };
    call(Operation::Chat, "openai", "gpt-4o").run_with(answer, |usage| *usage).await
}

#[tokio::test]
async fn the_guard_lives_across_awaits() {
    let calls = capture();
    complete().await.expect("it succeeds");
    tokio::task::yield_now().await;
    complete().await.expect("it succeeds");
    calls.assert_contract();
    assert_eq!(calls.tokens().total, 2 * 192);
}

#[tokio::test]
async fn a_task_detached_in_a_call_does_not_delay_its_end() {
    let calls = capture();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let task = call(Operation::Chat, "openai", "gpt-4o")
        .run_with(
            async {
                let detached = async move { stopped.await.ok() };
                Ok::<_, std::io::Error>(tokio::spawn(detached.in_current_span()))
            },
            |_| Usage::new(128, 64),
        )
        .await
        .expect("it succeeds");
    tokio::task::yield_now().await;

    calls.assert_contract();
    assert_eq!(calls.tokens().total, 192);
    let span = calls.only();
    span.assert_outcome(Outcome::Ok);
    assert!(!span.is_closed(), "the task still holds it");

    stop.send(()).expect("the task waits");
    task.await.expect("it does not panic");
    assert!(calls.only().is_closed());
    calls.assert_contract();
}

#[tokio::test]
async fn a_spawned_task_on_the_same_thread_belongs() {
    let calls = capture();
    tokio::spawn(complete()).await.expect("it does not panic").expect("it succeeds");
    assert_eq!(calls.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instrumented_task_on_another_thread_belongs() {
    let calls = capture();
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(calls.capture(complete()))).collect();
    for task in tasks {
        task.await.expect("it does not panic").expect("it succeeds");
    }
    let here = std::thread::current().id();
    let blocking = calls.scope();
    let elsewhere = tokio::task::spawn_blocking(move || {
        blocking.in_scope(chat);
        std::thread::current().id()
    });
    assert_ne!(elsewhere.await.expect("it does not panic"), here);
    calls.assert_contract();
    assert_eq!(calls.count(), 9);
    assert_eq!(calls.tokens().total, 9 * 192);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instrumented_task_keeps_the_parent_it_was_given() {
    let calls = capture();
    let request = tracing::info_span!("request");
    tokio::spawn(calls.capture(complete().instrument(request))).await.expect("no panic").expect("it succeeds");
    calls.span("llm.completion").assert_parent("request");
}

#[tokio::test]
async fn an_aborted_task_ends_its_call_as_cancelled() {
    let calls = capture();
    let endless = call(Operation::Chat, "openai", "gpt-4o").run_in_body(std::future::pending::<()>());
    let task = tokio::spawn(calls.capture(endless));
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.expect_err("it was aborted").is_cancelled());
    calls.only().assert_outcome(Outcome::Cancelled);
    calls.assert_contract();
}

#[tokio::test]
async fn a_timeout_ends_its_call_as_cancelled() {
    let calls = capture();
    let endless = call(Operation::Chat, "openai", "gpt-4o").run_in_body(std::future::pending::<()>());
    let late = tokio::time::timeout(Duration::from_millis(1), endless).await;
    assert!(late.is_err());
    calls.only().assert_outcome(Outcome::Cancelled);
}

#[tokio::test]
async fn a_span_around_the_test_does_not_take_the_capture_out_of_force() {
    let subscriber = tracing_subscriber::registry().with(testing::layer());
    let _default = tracing::subscriber::set_default(subscriber);
    let test = async {
        let calls = capture();
        // The span around this future is left and entered again: it then lies above the capture's root.
        tokio::task::yield_now().await;
        complete().await.expect("it succeeds");
        calls.assert_contract();
        assert_eq!(calls.count(), 1);
    };
    test.instrument(tracing::info_span!("test")).await;
}
