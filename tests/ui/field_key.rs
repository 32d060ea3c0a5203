use llm_span::llm_span;

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    fields(
        llm.provider = "openai",
        gen_ai.usage.input_tokens = 5,
        gen_ai.response.id,
        otel.name = "x",
        otel.kind = "client",
        gen_ai.conversation.id = "x",
        session.id = "x",
        user.id = "x",
        gen_ai.usage.audio.input_tokens = 5,
        llm.usage.estimated = true,
        llm.usage.invalid = "x",
        gen_ai.request.stream = true,
        llm.stream.chunks = 5,
        gen_ai.response.time_to_first_chunk = 0.5,
        llm.cost.usd = 0.5,
        gen_ai.request.max_token = 100,
        llm.modell = "x",
        tenant.id = 1,
        "tenant.id" = 2,
        "" = 3,
        %tenant,
        5,
        gen_ai.request.seed = in_body,
        open =,
    )
)]
fn complete() {}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none, fields)]
fn no_list() {}

fn main() {}
