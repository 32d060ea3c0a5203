use llm_span::llm_span;

trait Chat {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
    fn complete(&self, prompt: &str) -> String;
}

fn main() {}
