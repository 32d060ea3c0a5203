use futures_util::Stream;
use llm_span::{Outcome, llm_span, testing};

use crate::{
    chunks::{self, streamed},
    ends::{assert_ended, outermost},
    items::{Chunk, Chunks, Overloaded, Tried},
};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn ask(connected: Tried<Chunks>) -> Result<impl Stream<Item = Tried<Chunk>>, Overloaded> {
    tokio::task::yield_now().await;
    connected.map(streamed)
}

async fn asked(chunks: Chunks) -> impl Stream<Item = Tried<Chunk>> {
    ask(Ok(chunks)).await.unwrap()
}

#[tokio::test]
async fn tokens() {
    chunks::tokens(asked).await;
}

#[tokio::test]
async fn outcome() {
    chunks::outcome(asked).await;

    // In the place of the stream.
    let calls = testing::capture();
    assert!(ask(Err(Overloaded)).await.is_err());
    assert_ended(&calls, Outcome::Error);
    outermost(&calls).assert_no_attribute("llm.stream.chunks");
}

#[tokio::test]
async fn first_chunk() {
    chunks::first_chunk(asked).await;
}

#[tokio::test]
async fn span_end() {
    chunks::span_end(asked).await;
}
