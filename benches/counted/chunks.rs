//! A response that comes in chunks which are ready at once, as a stream and as an iterator.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use llm_span::{ReportUsage, Usage, llm_span};

/// As an API sends it: only the last one tells the usage.
pub(crate) struct Chunk(Option<(u32, u32)>);

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        self.0.map(|(prompt, completion)| Usage::new(prompt, completion))
    }
}

/// So many chunks are still to come.
pub(crate) struct Chunks(usize);

impl Iterator for Chunks {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        self.0 = self.0.checked_sub(1)?;
        Some(Chunk((self.0 == 0).then_some((128, 64))))
    }
}

impl Stream for Chunks {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Chunk>> {
        Poll::Ready(self.next())
    }
}

pub(crate) fn bare_stream(count: usize) -> impl Stream<Item = Chunk> {
    Chunks(count)
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
pub(crate) fn stream(count: usize) -> impl Stream<Item = Chunk> {
    Chunks(count)
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
pub(crate) fn boxed_stream(count: usize) -> Pin<Box<dyn Stream<Item = Chunk> + Send>> {
    Box::pin(Chunks(count))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
pub(crate) fn iterator(count: usize) -> impl Iterator<Item = Chunk> {
    Chunks(count)
}

/// The next chunk of a stream whose chunks are ready.
pub(crate) fn next<S: Stream>(stream: Pin<&mut S>) -> Option<S::Item> {
    match stream.poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(chunk) => chunk,
        Poll::Pending => None,
    }
}
