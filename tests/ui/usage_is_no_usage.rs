use llm_span::llm_span;

struct ChatResponse {
    text: String,
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |r| r.text.len())]
fn closure() -> ChatResponse {
    ChatResponse { text: String::new() }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = count)]
fn function() -> ChatResponse {
    ChatResponse { text: String::new() }
}

fn count(response: &ChatResponse) -> String {
    response.text.clone()
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = in_body, error_type = |e| e.code)]
fn error_type() -> Result<(), ApiError> {
    Err(ApiError { code: Code })
}

struct ApiError {
    code: Code,
}

struct Code;

fn main() {}
