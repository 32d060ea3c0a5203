use std::pin::Pin;

use futures_util::{Stream, stream};
use llm_span::llm_span;

struct Chunk;
struct ApiError;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn bare() -> impl Stream<Item = Chunk> {
    stream::empty()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn fallible() -> Result<impl Stream<Item = Result<Chunk, ApiError>>, ApiError> {
    Ok(stream::empty())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn boxed() -> Pin<Box<dyn Stream<Item = Result<Chunk, ApiError>> + Send>> {
    Box::pin(stream::empty())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn iterator() -> impl Iterator<Item = Chunk> {
    std::iter::empty()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn boxed_iterator() -> Box<dyn Iterator<Item = Chunk>> {
    Box::new(std::iter::empty())
}

fn main() {}
