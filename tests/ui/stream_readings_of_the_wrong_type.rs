use std::pin::Pin;

use futures_util::{Stream, stream};
use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk {
    text: String,
}

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| chunk.text.len())]
fn usage() -> impl Stream<Item = Chunk> {
    stream::empty()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", estimate = |chunk| chunk.text.len())]
fn estimate() -> Result<impl Stream<Item = Chunk>, std::io::Error> {
    Ok(stream::empty())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", output = |chunk| chunk.text.as_bytes())]
async fn output() -> impl Stream<Item = Chunk> {
    stream::empty()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| chunk.usage)]
fn no_such_field() -> impl Stream<Item = Chunk> {
    stream::empty()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = count)]
fn boxed() -> Pin<Box<dyn Stream<Item = Chunk>>> {
    Box::pin(stream::empty())
}

fn count(chunk: &Chunk) -> String {
    chunk.text.clone()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai)]
fn preset() -> impl Iterator<Item = Chunk> {
    std::iter::empty()
}

fn main() {}
