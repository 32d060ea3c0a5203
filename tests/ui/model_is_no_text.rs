use llm_span::llm_span;

struct Model;

struct Request {
    model: Model,
    fallback: Option<String>,
}

#[llm_span(operation = "chat", provider = "openai", model = request.model, usage = none)]
fn no_text(request: Request) {
    drop(request);
}

#[llm_span(operation = "chat", provider = request.fallback, model = "gpt-4o", usage = none)]
async fn maybe_text(request: Request) {
    drop(request);
}

fn main() {}
