use llm_span::llm_span;

#[llm_span(operation = 5, provider = 'o', model = true, usage = "openai", name = 1, level = "loud", target = 2, crate = 3)]
fn literals() {}

#[llm_span(operation = CHAT, provider = b"openai", model = 4.0, usage = 5, name = 'n', level = 6, target = format!("x"))]
fn others() {}

const CHAT: &str = "chat";

fn main() {}
