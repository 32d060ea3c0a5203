//! What a function returns is told by its signature, under the attribute too.

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{Usage, llm_span};

struct Chunk(u32);

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c| Usage::new(c.0, 0))]
fn empty() -> impl Stream<Item = Chunk> {
    stream::empty()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |c| c.0, error_type = |e| e.kind().to_string())]
async fn never_fails() -> Result<impl Stream<Item = Result<(Usage, Chunk), std::io::Error>>, std::io::Error> {
    Ok(stream::iter([5]).map(|n| Ok((Usage::new(n, n), Chunk(n)))))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |text| (text.len(), 0))]
fn borrowed(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').map(Into::into)
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
fn opaque() -> impl Stream<Item = impl Send> {
    stream::iter([5])
}

fn main() {
    let _ = (empty(), borrowed("a b"), opaque());
    drop(never_fails());
}
