use llm_span::llm_span;

struct ChatResponse {
    usage: Option<Tokens>,
}

struct Tokens {
    prompt_tokens: u32,
    completion_tokens: u32,
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai)]
fn fits() -> ChatResponse {
    ChatResponse { usage: Some(Tokens { prompt_tokens: 1, completion_tokens: 2 }) }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai(model))]
fn has_no_model() -> ChatResponse {
    ChatResponse { usage: None }
}

#[llm_span(operation = "chat", provider = "anthropic", model = "gpt-4o", usage = gemini)]
fn has_no_metadata() -> ChatResponse {
    ChatResponse { usage: None }
}

fn main() {}
