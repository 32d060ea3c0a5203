use llm_span::{ReportUsage, Usage, llm_span};

struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn bare() -> std::vec::IntoIter<Chunk> {
    Vec::new().into_iter()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
async fn in_a_result() -> std::io::Result<std::vec::IntoIter<Chunk>> {
    Ok(Vec::new().into_iter())
}

fn main() {}
