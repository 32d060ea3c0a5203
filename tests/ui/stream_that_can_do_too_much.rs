use futures_util::{Stream, stream};
use llm_span::{ReportUsage, Usage, llm_span};

#[derive(Clone)]
struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn cloned() -> impl Stream<Item = Chunk> + Clone {
    stream::iter([Chunk])
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn from_both_ends() -> Option<impl Iterator<Item = Chunk> + DoubleEndedIterator> {
    Some([Chunk].into_iter())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn from_the_end() -> impl DoubleEndedIterator<Item = Chunk> {
    [Chunk].into_iter()
}

fn main() {}
