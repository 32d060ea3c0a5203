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
