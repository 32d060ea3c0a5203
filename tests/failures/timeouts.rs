//! Timeouts: around a call they cancel it, inside of one they fail it.

use std::{future::pending, time::Duration};

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{Operation, Outcome, Usage, call, llm_span, record_usage};
use tokio::time::{error::Elapsed, sleep, timeout};

use crate::{
    asked::{Answer, Overloaded, assert_all, assert_ended, stalling, stalls},
    ledger,
};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_timeout_around_a_call_cancels_it_and_its_usage_counts() {
    let (ledger, calls) = ledger::open();
    timeout(SECOND, stalls((128, 0))).await.unwrap_err();
    assert_all(&ledger, &calls, Outcome::Cancelled, (128, 0));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_inside_a_call_fails_it_and_its_usage_counts() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
    async fn patient() -> Result<Result<Answer, Overloaded>, Elapsed> {
        record_usage(Usage::new(128, 3));
        timeout(SECOND, pending()).await
    }

    let (ledger, calls) = ledger::open();
    patient().await.unwrap_err();
    let span = calls.only();
    span.assert_outcome(Outcome::Error);
    span.assert_attribute("error.type", "Elapsed");
    assert_ended(&ledger, &calls, (128, 3));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_inside_a_call_without_the_attribute_fails_it() {
    let (ledger, calls) = ledger::open();
    let body = timeout(SECOND, stalls((128, 3)));
    call(Operation::Chat, "openai", "gpt-4o").run_in_body(body).await.unwrap_err();
    let [outer, inner] = calls.all().try_into().unwrap();
    outer.assert_outcome(Outcome::Error);
    outer.assert_attribute("error.type", "Elapsed");
    inner.assert_outcome(Outcome::Cancelled);
    inner.assert_child_of(&outer);
    assert_ended(&ledger, &calls, (128, 3));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_given_up_after_a_timeout_is_cancelled() {
    let (ledger, calls) = ledger::open();
    {
        let mut chunks = stalling((128, 1));
        while let Ok(Some(_)) = timeout(SECOND, chunks.next()).await {}
    }
    calls.only().assert_streamed(1);
    assert_all(&ledger, &calls, Outcome::Cancelled, (128, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_goes_on_after_a_timeout_has_succeeded() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
    fn slow() -> impl Stream<Item = Answer> {
        stream::iter([(128, 1), (128, 2)]).then(|chunk| async move {
            sleep(5 * SECOND).await;
            chunk
        })
    }

    let (ledger, calls) = ledger::open();
    {
        let mut chunks = std::pin::pin!(slow());
        let mut timeouts = 0;
        loop {
            match timeout(SECOND, chunks.next()).await {
                Ok(None) => break,
                Ok(Some(_)) => {}
                Err(_) => timeouts += 1,
            }
        }
        assert!(timeouts >= 8, "{timeouts}");
    }
    calls.only().assert_streamed(2);
    assert_all(&ledger, &calls, Outcome::Ok, (128, 2));
}

#[tokio::test(start_paused = true)]
async fn items_that_time_out_inside_a_stream_fail_it() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
    fn patient() -> impl Stream<Item = Result<Answer, Elapsed>> {
        stream::iter([0, 5]).then(|seconds| {
            timeout(SECOND, async move {
                sleep(seconds * SECOND).await;
                (128, 1)
            })
        })
    }

    let (ledger, calls) = ledger::open();
    assert_eq!(patient().filter(|item| std::future::ready(item.is_err())).count().await, 1);
    let span = calls.only();
    span.assert_outcome(Outcome::Error);
    span.assert_attribute("error.type", "Elapsed");
    assert_ended(&ledger, &calls, (128, 1));
}
