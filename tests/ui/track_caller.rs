use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
#[track_caller]
fn complete() {}

fn main() {}
