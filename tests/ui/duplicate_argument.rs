use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, model = "gpt-4o-mini")]
fn complete() {}

fn main() {}
