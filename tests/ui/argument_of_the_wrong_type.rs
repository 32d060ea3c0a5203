use llm_span::llm_span;

struct Request {
    temperature: String,
    stops: u32,
    conversation: Nothing,
    agent: Nothing,
}

struct Nothing;

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    temperature = request.temperature,
    stop_sequences = request.stops,
    conversation = request.conversation,
)]
fn chat(request: &Request) {}

#[llm_span(operation = "invoke_agent", agent = request.agent)]
fn invoke_agent(request: &Request) {}

fn main() {}
