use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, tool = "get_weather", dimensions = 512)]
fn chat() {}

#[llm_span(operation = "embeddings", provider = "openai", model = "text-embedding-3-small", usage = none, temperature = 0.5, output = text)]
fn embeddings() {}

#[llm_span(
    operation = "execute_tool",
    tool = "get_weather",
    provider = "openai",
    model = "gpt-4o",
    usage = openai,
    estimate = count,
    server_address = "localhost",
    tool_definitions = "[]",
)]
fn execute_tool() {}

#[llm_span(operation = "invoke_agent", agent = "tutor", estimate = count)]
fn invoke_agent() {}

fn main() {}
