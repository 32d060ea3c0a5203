use std::{panic::AssertUnwindSafe, pin::pin, time::Instant};

use futures_util::{FutureExt as _, StreamExt as _, poll};
use llm_span::{Outcome, Report, llm_span, record_chunk, testing};

use crate::{
    chunks::{assert_early_count, assert_first_chunk, streamed},
    ends::{assert_ended, assert_open, assert_tokens, outermost},
    items::{Chunk, Chunks, Tried, answer, broken_off, panics},
};

/// A client that hands its chunks to a callback.
async fn stream_to(chunks: Chunks, mut on_chunk: impl FnMut(&Chunk)) -> Tried<()> {
    let mut chunks = pin!(streamed(chunks));
    while let Some(chunk) = chunks.next().await {
        on_chunk(&chunk?);
    }
    Ok(())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
async fn ask(chunks: Chunks, mut shown: impl FnMut(&Chunk)) -> Tried<()> {
    stream_to(chunks, |chunk| {
        record_chunk(Report::of(chunk));
        shown(chunk);
    })
    .await
}

#[tokio::test]
async fn tokens() {
    let calls = testing::capture();
    assert_eq!(ask(answer(), |_| ()).await, Ok(()));
    assert_tokens(&calls);
    outermost(&calls).assert_attribute("llm.stream.chunks", 4);
}

#[tokio::test]
async fn outcome() {
    let calls = testing::capture();
    assert_eq!(ask(answer(), |_| ()).await, Ok(()));
    assert_ended(&calls, Outcome::Ok);

    let calls = testing::capture();
    assert!(ask(broken_off(), |_| ()).await.is_err());
    assert_ended(&calls, Outcome::Error);
    assert_early_count(&calls);

    let calls = testing::capture();
    {
        let mut asked = pin!(ask(answer(), |_| ()));
        // Each chunk is waited for once.
        for _ in 0..3 {
            assert!(poll!(&mut asked).is_pending());
        }
    }
    assert_ended(&calls, Outcome::Cancelled);
    assert_early_count(&calls);

    let calls = testing::capture();
    assert!(AssertUnwindSafe(ask(panics(), |_| ())).catch_unwind().await.is_err());
    assert_ended(&calls, Outcome::Panic);
    assert_early_count(&calls);
}

#[tokio::test]
async fn first_chunk() {
    let calls = testing::capture();
    let mut came = None;
    let before = Instant::now();
    let least = {
        let mut asked = pin!(ask(answer(), |_| came = came.or_else(|| Some(Instant::now()))));
        assert!(poll!(&mut asked).is_pending());
        let begun = Instant::now();
        assert_open(&calls);
        let waited = begun.elapsed();
        assert_eq!(asked.await, Ok(()));
        waited
    };
    assert_first_chunk(&calls, least, came.unwrap() - before);
}

#[tokio::test]
async fn span_end() {
    let calls = testing::capture();
    let shown = |_: &Chunk| assert_open(&calls);
    assert_eq!(ask(answer(), shown).await, Ok(()));
    assert_ended(&calls, Outcome::Ok);
}
