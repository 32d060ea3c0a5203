use futures_util::Stream;
use llm_span::llm_span;

use crate::{
    chunks::{self, streamed},
    items::{Chunk, Chunks, Tried},
};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn ask(chunks: Chunks) -> impl Stream<Item = Tried<Chunk>> {
    streamed(chunks)
}

#[tokio::test]
async fn tokens() {
    chunks::tokens(async |chunks| ask(chunks)).await;
}

#[tokio::test]
async fn outcome() {
    chunks::outcome(async |chunks| ask(chunks)).await;
}

#[tokio::test]
async fn first_chunk() {
    chunks::first_chunk(async |chunks| ask(chunks)).await;
}

#[tokio::test]
async fn span_end() {
    chunks::span_end(async |chunks| ask(chunks)).await;
}
