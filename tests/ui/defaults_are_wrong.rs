use llm_span::llm_span;

struct Client {
    model: String,
}

#[llm_span(provder = "openai", model = self.model, usage = none)]
impl Client {
    #[llm_span(operation = "chat")]
    fn chat(&self) {}

    #[llm_span(operation = "embeddings")]
    fn embed(&self) {}
}

#[llm_span(provider = "", model = self.modell, usage = none)]
impl Client {
    #[llm_span(operation = "chat")]
    fn chat_on(&self) {}

    #[llm_span(operation = "embeddings", provider = "openai")]
    fn embed_on(&self) {}

    #[llm_span(operation = "text_completion")]
    fn complete_on(&self) {}
}

#[llm_span(provider = "openai", usage = none)]
trait Complete {
    #[llm_span(operation = "chat")]
    fn complete(&self) {}
}

fn main() {}
