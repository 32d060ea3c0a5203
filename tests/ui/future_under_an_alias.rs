use std::{future::Future, pin::Pin};

use llm_span::llm_span;

type Answer = Pin<Box<dyn Future<Output = Result<String, std::io::Error>> + Send>>;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
fn aliased() -> Answer {
    Box::pin(async { Ok(String::new()) })
}

fn main() {}
