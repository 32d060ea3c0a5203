use futures_util::{Stream, stream};
use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

struct Meta;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn beside_another() -> (impl Stream<Item = Chunk>, Meta) {
    (stream::empty(), Meta)
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn in_a_list() -> Result<Vec<impl Iterator<Item = Chunk>>, std::io::Error> {
    Ok(vec![std::iter::empty()])
}

fn main() {}
