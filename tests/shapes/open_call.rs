use futures_util::stream;
use llm_span::{OpenCall, Operation, Report, call};

use crate::{
    chunks,
    items::{Chunk, Chunks, Tried},
};

/// A type of its own.
struct Tokens {
    chunks: Chunks,
    call: Option<OpenCall>,
}

impl Tokens {
    fn of(chunks: Chunks) -> Self {
        Self { chunks, call: Some(call(Operation::Chat, "openai", "gpt-4o").open()) }
    }
}

impl Iterator for Tokens {
    type Item = Tried<Chunk>;

    fn next(&mut self) -> Option<Tried<Chunk>> {
        let Self { chunks, call } = self;
        let Some(open) = call else { return chunks.next() };
        let next = open.in_scope(|| chunks.next());
        match &next {
            Some(Ok(chunk)) => open.record_chunk(Report::of(chunk)),
            Some(Err(error)) => call.take()?.fail(error),
            None => call.take()?.succeed(()),
        }
        next
    }
}

#[tokio::test]
async fn tokens() {
    chunks::tokens(async |chunks| stream::iter(Tokens::of(chunks))).await;
}

#[tokio::test]
async fn outcome() {
    chunks::outcome(async |chunks| stream::iter(Tokens::of(chunks))).await;
}

#[tokio::test]
async fn first_chunk() {
    chunks::first_chunk(async |chunks| stream::iter(Tokens::of(chunks))).await;
}

#[tokio::test]
async fn span_end() {
    chunks::span_end(async |chunks| stream::iter(Tokens::of(chunks))).await;
}
