use std::pin::Pin;

use futures_util::Stream;
use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

type Chunks = Pin<Box<dyn Stream<Item = Chunk> + Sync>>;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn stream() -> Result<Chunks, std::io::Error> {
    Ok(Box::pin(futures_util::stream::empty()))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn iterator() -> Box<dyn DoubleEndedIterator<Item = Chunk>> {
    Box::new(std::iter::empty())
}

fn main() {}
