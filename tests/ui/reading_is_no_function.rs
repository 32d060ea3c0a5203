use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", estimate = 5, output = "text")]
fn literals() -> Option<(u32, u32)> {
    None
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", estimate = none, output = in_body)]
fn words() -> Option<(u32, u32)> {
    None
}

fn main() {}
