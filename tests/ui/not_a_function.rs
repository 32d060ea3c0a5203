use llm_span::llm_span;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
pub struct Client;

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
impl Client {
    fn complete(&self) {}
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
mod inner {}

#[llm_span]
const LIMIT: u32 = 5;

fn main() {
    Client.complete();
}
