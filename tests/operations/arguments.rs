//! Parameters of a request are stamped where they are named, at the span's start, as the types of the contract.

use llm_span::{llm_span, testing};

struct Request {
    temperature: Option<f32>,
    limit: u32,
    stop: Vec<String>,
    host: &'static str,
}

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    temperature = request.temperature,
    max_tokens = request.limit,
    seed = -5,
    top_p = 1,
    choice_count = 2,
    stop_sequences = request.stop,
    output_type = "json",
    server_address = request.host,
    server_port = 443,
    fields(tenant = "acme"),
)]
fn complete(request: &Request) {}

#[test]
fn parameters_are_recorded_as_their_types() {
    let calls = testing::capture();
    let stop = vec!["end".to_owned(), "\"stop\"".to_owned()];
    complete(&Request { temperature: Some(0.5), limit: 100, stop, host: "api.openai.com" });
    let span = calls.only();
    span.assert_attribute("gen_ai.request.temperature", 0.5);
    span.assert_attribute("gen_ai.request.max_tokens", 100);
    span.assert_attribute("gen_ai.request.seed", -5);
    span.assert_attribute("gen_ai.request.top_p", 1.0);
    span.assert_attribute("gen_ai.request.choice.count", 2);
    span.assert_attribute("gen_ai.request.stop_sequences", r#"["end","\"stop\""]"#);
    span.assert_attribute("gen_ai.output.type", "json");
    span.assert_attribute("server.address", "api.openai.com");
    span.assert_attribute("server.port", 443);
    span.assert_attribute("tenant", "acme");
}

#[test]
fn what_is_absent_is_not_recorded() {
    let calls = testing::capture();
    complete(&Request { temperature: None, limit: 1, stop: Vec::new(), host: "x" });
    let span = calls.only();
    span.assert_no_attribute("gen_ai.request.temperature");
    span.assert_no_attribute("gen_ai.request.stop_sequences");
}

#[test]
fn a_model_run_in_this_process_is_internal() {
    #[llm_span(operation = "chat", provider = "llama.cpp", model = "llama-3", kind = "internal", usage = none)]
    fn local() {}

    let calls = testing::capture();
    local();
    calls.only().assert_attribute("otel.kind", "internal");
}
