use futures_util::stream;
use llm_span::llm_span;

use crate::{
    chunks,
    items::{Chunk, Chunks, Tried},
};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn ask(chunks: Chunks) -> impl Iterator<Item = Tried<Chunk>> {
    chunks.fuse()
}

#[tokio::test]
async fn tokens() {
    chunks::tokens(async |chunks| stream::iter(ask(chunks))).await;
}

#[tokio::test]
async fn outcome() {
    chunks::outcome(async |chunks| stream::iter(ask(chunks))).await;
}

#[tokio::test]
async fn first_chunk() {
    chunks::first_chunk(async |chunks| stream::iter(ask(chunks))).await;
}

#[tokio::test]
async fn span_end() {
    chunks::span_end(async |chunks| stream::iter(ask(chunks))).await;
}
