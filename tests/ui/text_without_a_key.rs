use llm_span::llm_span;

#[llm_span("chat", provider = "openai", model = "gpt-4o", usage = none)]
fn operation() {}

#[llm_span("openai", "gpt-4o", operation = "chat", usage = none)]
fn provider_and_model() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, "debug")]
fn nothing_left() {}

#[llm_span(operation = "execute_tool", "get_weather")]
fn tool() {}

fn main() {}
