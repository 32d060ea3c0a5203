use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, kind = "server")]
fn unknown() {}

#[llm_span(kind = "chat", provider = "openai", model = "gpt-4o", usage = none)]
fn operation_is_meant() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, kind = CLIENT)]
fn no_literal() {}

#[llm_span(operation = "chat", provider = "candle", model = "phi-3", usage = none, kind = "internal", server_address = "::1")]
fn server_of_an_internal_call() {}

#[llm_span(operation = "invoke_agent", agent = "tutor", server_port = 443)]
fn server_of_an_agent_in_this_process() {}

#[llm_span(operation = "invoke_agent", agent = "tutor", kind = "client")]
fn remote_agent_of_nobody() {}

#[llm_span(operation = "execute_tool", tool = "get_weather", kind = "client")]
fn remote_tool() {}

fn main() {}
