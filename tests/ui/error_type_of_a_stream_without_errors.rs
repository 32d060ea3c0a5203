use futures_util::{Stream, stream};
use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk;
struct ApiError;

impl ApiError {
    fn code(&self) -> &'static str {
        "overloaded"
    }
}

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e: &ApiError| e.code())]
fn bare() -> impl Stream<Item = Chunk> {
    stream::empty()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = ApiError::code)]
fn optional() -> Option<impl Iterator<Item = Chunk>> {
    None::<std::iter::Empty<Chunk>>
}

fn main() {}
