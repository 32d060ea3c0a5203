use llm_span::llm_span;

#[llm_span(operation = "", provider = "", model = " ", usage = none, name = "", target = "")]
fn complete() {}

fn main() {}
