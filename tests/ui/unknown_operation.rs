use llm_span::llm_span;

#[llm_span(operation = "chatt", provider = "openai", model = "gpt-4o", usage = none)]
fn near() {}

#[llm_span(operation = "completion", provider = "openai", model = "gpt-4o", usage = none)]
fn renamed() {}

#[llm_span(operation = "tool_call", tool = "get_weather")]
fn renamed_tool() {}

#[llm_span(operation = "paint", provider = "openai", model = "gpt-4o", usage = none)]
fn unknown() {}

fn main() {}
