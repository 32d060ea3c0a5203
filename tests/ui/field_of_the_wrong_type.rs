use llm_span::llm_span;

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    fields(
        gen_ai.request.max_tokens = "100",
        gen_ai.request.temperature = "hot",
        gen_ai.agent.name = 5,
        gen_ai.request.stop_sequences = "forest",
        gen_ai.request.seed = 1.5,
        server.port = -1,
        server.address = "",
        gen_ai.request.top_p = %0.5,
    )
)]
fn literals() {}

struct Opaque;

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    fields(
        gen_ai.request.max_tokens = prompt,
        gen_ai.request.temperature = prompt.len(),
        gen_ai.agent.name = opaque,
        tenant.id = &opaque,
        tenant.name = %opaque,
    )
)]
fn expressions(prompt: &str, opaque: Opaque) {
    let _ = (prompt, opaque);
}

fn main() {}
