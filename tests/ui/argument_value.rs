use llm_span::llm_span;

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    temperature = "hot",
    max_tokens = -5,
    top_p = in_body,
    stop_sequences = ["end", 5],
    output_type = "",
    seed = %seed,
    conversation = 5,
    session = "",
    user = in_body,
    input = 5,
    system_instructions = in_body,
)]
fn chat() {}

#[llm_span(
    operation = "embeddings",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    encoding_formats = "base64",
    dimensions = 1.5,
    dimensions = 512,
)]
fn embeddings() {}

fn main() {}
