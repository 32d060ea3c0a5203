use llm_span::llm_span;

struct Client;

#[llm_span(provider = "openai")]
impl Client {
    fn complete(&self) {}
}

#[llm_span(operation = "chat")]
trait Complete {
    fn complete(&self) {}
}

#[llm_span(provider = "openai", model = "gpt-4o", usage = none, tool = "get_weather", data_source = "docs")]
impl Client {
    #[llm_span(operation = "chat")]
    fn chat(&self) {}
}

fn main() {
    Client.chat();
}
