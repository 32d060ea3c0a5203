//! What holds for every shape that passes chunks on one by one. An iterator is taken as a stream that is always ready.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use llm_span::{Outcome, contract::Value, testing};

use crate::{
    ends::{assert_ended, assert_open, assert_tokens, outermost},
    items::{ANSWER, Chunk, Chunks, Tried, answer, broken_off, panics},
};

/// The chunks as a stream that is not ready before each of them.
pub(crate) fn streamed(chunks: Chunks) -> impl Stream<Item = Tried<Chunk>> + Send + 'static {
    stream::iter(chunks).then(|chunk| async move {
        tokio::task::yield_now().await;
        chunk
    })
}

pub(crate) async fn tokens<S: Stream<Item = Tried<Chunk>>>(ask: impl AsyncFn(Chunks) -> S) {
    let calls = testing::capture();
    assert_eq!(ask(answer()).await.collect::<Vec<_>>().await, ANSWER);
    assert_tokens(&calls);
    outermost(&calls).assert_attribute("llm.stream.chunks", 4);
}

pub(crate) async fn outcome<S: Stream<Item = Tried<Chunk>>>(ask: impl AsyncFn(Chunks) -> S) {
    let calls = testing::capture();
    assert_eq!(ask(answer()).await.count().await, 4);
    assert_ended(&calls, Outcome::Ok);

    let calls = testing::capture();
    assert_eq!(ask(broken_off()).await.count().await, 3);
    assert_ended(&calls, Outcome::Error);
    assert_early_count(&calls);

    let calls = testing::capture();
    assert_eq!(ask(answer()).await.take(2).count().await, 2);
    assert_ended(&calls, Outcome::Cancelled);
    assert_early_count(&calls);

    let calls = testing::capture();
    assert!(AssertUnwindSafe(ask(panics()).await.count()).catch_unwind().await.is_err());
    assert_ended(&calls, Outcome::Panic);
    assert_early_count(&calls);
}

/// What came before it ended is kept.
#[track_caller]
pub(crate) fn assert_early_count(calls: &testing::Calls) {
    let span = outermost(calls);
    span.assert_attribute("llm.tokens.completion", 1);
    span.assert_attribute("llm.stream.chunks", 2);
}

/// It is the time of the first chunk, not of a later one, since the call began, not since it was first polled.
pub(crate) async fn first_chunk<S: Stream<Item = Tried<Chunk>>>(ask: impl AsyncFn(Chunks) -> S) {
    let calls = testing::capture();
    let before = Instant::now();
    let mut stream = pin!(ask(answer()).await);
    let begun = Instant::now();
    assert_open(&calls);
    let asked = Instant::now();
    assert!(stream.next().await.is_some());
    let came = Instant::now();
    // Later chunks come too late for the bounds, however long it took to begin.
    while came.elapsed() <= begun - before {
        tokio::task::yield_now().await;
    }
    assert_eq!(stream.count().await, 3);
    assert_first_chunk(&calls, asked - begun, came - before);

    let calls = testing::capture();
    drop(ask(answer()).await);
    outermost(&calls).assert_no_attribute("gen_ai.response.time_to_first_chunk");
}

/// It lies between them.
#[track_caller]
pub(crate) fn assert_first_chunk(calls: &testing::Calls, least: Duration, most: Duration) {
    match outermost(calls).attribute("gen_ai.response.time_to_first_chunk") {
        Some(Value::Double(time)) => {
            let between = least.as_secs_f64()..=most.as_secs_f64();
            assert!(between.contains(&time), "{time} s, expected {between:?}");
        }
        other => panic!("{other:?}, expected a double"),
    }
}

/// It ends when the stream says that there is nothing more: not when the function returns, not with the last chunk.
pub(crate) async fn span_end<S: Stream<Item = Tried<Chunk>>>(ask: impl AsyncFn(Chunks) -> S) {
    let calls = testing::capture();
    {
        let mut stream = pin!(ask(answer()).await);
        assert_open(&calls);
        for chunk in ANSWER {
            assert_eq!(stream.next().await, Some(chunk));
            assert_open(&calls);
        }
        assert_eq!(stream.next().await, None);
        // Here already: the stream need not be dropped.
        outermost(&calls).assert_outcome(Outcome::Ok);
    }
    assert_ended(&calls, Outcome::Ok);
}
