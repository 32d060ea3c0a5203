use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::Stream;
use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

struct Tokens;

impl Stream for Tokens {
    type Item = Chunk;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Chunk>> {
        Poll::Ready(None)
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn bare() -> Tokens {
    Tokens
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn in_a_result() -> Result<Tokens, std::io::Error> {
    Ok(Tokens)
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body)]
fn in_a_box() -> Option<Pin<Box<Tokens>>> {
    Some(Box::pin(Tokens))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn generic<S: Stream<Item = Chunk>>(stream: S) -> S {
    stream
}

fn main() {}
