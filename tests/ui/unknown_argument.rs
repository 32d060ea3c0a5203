use llm_span::llm_span;

#[llm_span(operation = "chat", provder = "openai", model = "gpt-4o", usage = none)]
fn near() {}

#[llm_span(operation = "chat", provider = "openai", gen_ai.request.model = "gpt-4o", usage = none)]
fn renamed() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, skip_all)]
fn of_another_macro() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, tenant.id = 5)]
fn a_field() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, colour("red", 5))]
fn neither() {}

fn main() {}
