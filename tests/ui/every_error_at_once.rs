#![deny(warnings)]

use llm_span::llm_span;

#[llm_span(operation = "completion", model = , usage = opnai, colour = "red", fields(llm.model = 5), level = 9)]
const fn complete(request: &str, unused: u8) -> String {
    String::new()
}

#[llm_span(operation = "chat" provider = "openai", model = "gpt-4o", usage = none)]
fn no_comma() {}

#[llm_span(operation = "chat", provider = "openai" + , name = 5)]
fn no_expression() {}

fn main() {
    // The item is there all the same.
    no_comma();
    no_expression();
}
