use llm_span::llm_span;

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    seed = 5,
    fields(gen_ai.request.seed = 6, gen_ai.output.messages),
    output = text,
)]
fn chat() {}

fn main() {}
