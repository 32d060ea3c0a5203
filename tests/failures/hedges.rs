//! Requests that race: the loser is cancelled, which is no error; what it used is counted, and the winner's usage is once.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use llm_span::{Outcome, Usage, llm_span, record_usage};
use opentelemetry::trace::Status;
use tokio::time::sleep;

use crate::{
    asked::{Answer, assert_all, assert_ended, stalling, stalls},
    ledger,
    support::Telemetry,
};

/// Answers after so many seconds; has used the prompt and a token by then.
#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
async fn after(seconds: u64, answer: Answer) -> Answer {
    record_usage(Usage::new(answer.0, 1));
    sleep(Duration::from_secs(seconds)).await;
    record_usage(Usage::new(answer.0, answer.1));
    answer
}

#[tokio::test(start_paused = true)]
async fn the_loser_of_a_select_is_cancelled_and_keeps_its_usage() {
    let (ledger, calls) = ledger::open();
    tokio::select! {
        biased;
        _ = after(10, (128, 64)) => panic!("the slow one"),
        answer = after(1, (128, 32)) => assert_eq!(answer.1, 32),
    }
    let [loser, winner] = calls.all().try_into().unwrap();
    loser.assert_outcome(Outcome::Cancelled);
    loser.assert_no_attribute("error.type");
    loser.assert_attribute("llm.tokens.completion", 1);
    winner.assert_outcome(Outcome::Ok);
    assert_ended(&ledger, &calls, (256, 33));
}

#[tokio::test(start_paused = true)]
async fn a_loser_is_no_error_of_the_exported_span_and_the_metrics() {
    let telemetry = Telemetry::start();
    tokio::select! {
        _ = after(10, (128, 64)) => panic!("the slow one"),
        _ = after(1, (128, 32)) => {}
    }
    for span in telemetry.spans() {
        assert_eq!(span.status, Status::Unset);
    }
    let durations = telemetry.histograms();
    let durations: Vec<_> =
        durations.iter().filter(|(series, _)| series.starts_with("gen_ai.client.operation.duration")).collect();
    assert_eq!(durations.iter().map(|(_, (count, _))| count).sum::<u64>(), 2);
    assert!(durations.iter().all(|(series, _)| !series.contains("error.type")), "{durations:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hedged_call_that_passes_on_the_winners_usage_is_counted_once() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
    async fn hedged() -> Answer {
        tokio::select! {
            answer = after(10, (128, 64)) => answer,
            answer = after(1, (128, 32)) => answer,
        }
    }

    let (ledger, calls) = ledger::open();
    assert_eq!(hedged().await, (128, 32));
    assert_ended(&ledger, &calls, (256, 33));
}

#[tokio::test(start_paused = true)]
async fn a_hedge_that_is_dropped_after_the_call_is_counted_once() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |answer| *answer)]
    async fn first_of(hedges: &mut stream::FuturesUnordered<futures_util::future::BoxFuture<'static, Answer>>) -> Answer {
        hedges.push(Box::pin(after(10, (128, 64))));
        hedges.push(Box::pin(after(1, (128, 32))));
        hedges.next().await.unwrap()
    }

    let (ledger, calls) = ledger::open();
    let mut hedges = stream::FuturesUnordered::new();
    assert_eq!(first_of(&mut hedges).await, (128, 32));
    drop(hedges);
    assert_ended(&ledger, &calls, (256, 33));
}

#[tokio::test]
async fn a_branch_that_is_never_polled_is_no_call() {
    let (ledger, calls) = ledger::open();
    tokio::select! {
        biased;
        () = std::future::ready(()) => {}
        () = stalls((128, 0)) => {}
    }
    calls.assert_no_calls();
    assert_eq!(ledger.counted().total, 0);
}

#[tokio::test(start_paused = true)]
async fn a_select_over_the_next_chunk_does_not_end_the_stream() {
    let (ledger, calls) = ledger::open();
    let mut chunks = stalling((128, 1));
    assert_eq!(chunks.next().await, Some((128, 1)));
    for _ in 0..3 {
        tokio::select! {
            _ = chunks.next() => panic!("it stalls"),
            () = sleep(Duration::from_secs(1)) => {}
        }
        assert_eq!(calls.all()[0].outcome(), None);
    }
    drop(chunks);
    calls.only().assert_streamed(1);
    assert_all(&ledger, &calls, Outcome::Cancelled, (128, 1));
}
