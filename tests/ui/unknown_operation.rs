use llm_span::llm_span;

#[llm_span(operation = "chatt", provider = "openai", model = "gpt-4o", usage = none)]
fn near() {}

#[llm_span(operation = "completion", provider = "openai", model = "gpt-4o", usage = none)]
fn renamed() {}

#[llm_span(operation = "invoke_agent", provider = "openai", model = "gpt-4o", usage = none)]
fn no_attribute_form() {}

#[llm_span(operation = "paint", provider = "openai", model = "gpt-4o", usage = none)]
fn unknown() {}

fn main() {}
