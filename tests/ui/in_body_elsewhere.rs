use llm_span::llm_span;

#[llm_span(
    operation = "chat",
    provider = in_body,
    model = in_body,
    usage = in_body,
    name = in_body,
    target = in_body,
    parent = in_body,
    follows_from = in_body,
    error_type = in_body,
)]
fn complete() {}

fn main() {}
