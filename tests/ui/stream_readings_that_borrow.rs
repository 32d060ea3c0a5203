use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use llm_span::{Usage, llm_span};

struct Chunk;

fn tokens(text: &str) -> u64 {
    text.len() as u64
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |_| Usage::new(tokens(prompt), 0))]
fn longer_than_the_argument(prompt: &str) -> BoxStream<'static, Chunk> {
    stream::iter(prompt.is_empty().then_some(Chunk)).boxed()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |_| Usage::new(tokens(&prompt), 0))]
fn taken_by_the_body(prompt: String) -> impl Stream<Item = Chunk> {
    drop(prompt);
    stream::empty()
}

fn main() {}
