use futures_util::{Stream, stream};
use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

type Tried<T> = Result<T, std::io::Error>;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn ask() -> Tried<impl Stream<Item = Chunk>> {
    Ok(stream::empty())
}

fn main() {}
