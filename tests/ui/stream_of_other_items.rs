use futures_util::{Stream, stream};
use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn other_items() -> impl Stream<Item = Chunk> {
    stream::iter([5])
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn no_stream() -> impl Stream<Item = Chunk> {
    Chunk
}

fn main() {}
