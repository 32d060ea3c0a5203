use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = opnai)]
fn near() {}

#[llm_span(operation = "chat", provider = "anthropic", model = "claude-opus-4", usage = claude)]
fn renamed() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = openai(id, tools))]
fn part() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = counted(5))]
fn call() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = )]
fn nothing() {}

fn main() {}
