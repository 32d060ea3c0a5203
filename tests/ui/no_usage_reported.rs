use std::{future::Future, pin::Pin};

use llm_span::llm_span;

struct ChatResponse;
struct ApiError;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn bare() -> ChatResponse {
    ChatResponse
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
async fn fallible(prompt: &str) -> Result<ChatResponse, ApiError> {
    if prompt.is_empty() { Err(ApiError) } else { Ok(ChatResponse) }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn aliased() -> std::io::Result<Vec<ChatResponse>> {
    Ok(Vec::new())
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn future() -> impl Future<Output = Option<ChatResponse>> {
    async { None }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn boxed() -> Pin<Box<dyn Future<Output = ChatResponse> + Send>> {
    Box::pin(async { ChatResponse })
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn nothing() {}

fn main() {}
