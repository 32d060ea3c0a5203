use std::{future::Future, io, pin::Pin, task::Poll};

use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
fn in_a_result() -> Result<Pin<Box<dyn Future<Output = io::Result<u8>>>>, io::Error> {
    Ok(Box::pin(async { Ok(5) }))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
fn polled() -> Poll<io::Result<u8>> {
    Poll::Ready(Ok(5))
}

fn main() {}
