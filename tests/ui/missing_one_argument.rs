use llm_span::llm_span;

#[llm_span(operation = "chat", model = "gpt-4o", usage = none)]
pub async fn complete(request: &str) -> String {
    request.to_owned()
}

#[llm_span(operation = "chat", provider = "openai", usage = none)]
fn no_model() {}

#[llm_span(provider = "openai", model = "gpt-4o", usage = none)]
fn no_operation() {}

fn main() {}
