use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
pub const fn complete(prompt: &str) -> usize {
    prompt.len()
}

fn main() {}
