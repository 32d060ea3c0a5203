//! Every argument that is an attribute, of the types that programs have.

use llm_span::{Usage, llm_span, testing::capture};

struct Request {
    temperature: Option<f32>,
    stops: Vec<String>,
    seed: Option<u64>,
    conversation: Option<String>,
    host: &'static str,
    port: u16,
}

#[llm_span(
    operation = "chat",
    provider = "openai",
    model = "gpt-4o",
    usage = none,
    temperature = request.temperature,
    max_tokens = 100_u32,
    top_p = 1,
    stop_sequences = request.stops,
    seed = request.seed,
    choice_count = 2,
    output_type = "json",
    conversation = request.conversation,
    session = "s",
    server_address = request.host,
    server_port = request.port,
)]
fn chat(request: &Request) {}

#[llm_span(operation = "text_completion", provider = "candle", model = "phi-3", usage = none, kind = "internal", stop_sequences = ["a\"", "b"])]
fn in_process() {}

#[llm_span(operation = "embeddings", provider = "openai", model = "m", usage = |_| Usage::input_only(5), dimensions = 512, encoding_formats = formats)]
fn embed(formats: &[&str]) {}

#[llm_span(operation = "retrieval", provider = "cohere", model = "m", usage = none, data_source = "docs", top_k = 5)]
fn retrieve() {}

#[llm_span(operation = "create_agent", provider = "openai", agent = "tutor", agent_id = "asst_5", agent_description = "d", agent_version = "1")]
fn create() {}

#[llm_span(operation = "invoke_agent", agent = "tutor")]
fn invoke() {}

#[llm_span(operation = "execute_tool", tool = "t", tool_call_id = "call", tool_type = "function", tool_description = "d", agent = "tutor")]
fn execute() {}

#[llm_span(operation = "invoke_workflow", workflow = "summarize")]
fn run() {}

fn main() {
    let calls = capture();
    let stops = vec!["end".to_owned()];
    let conversation = Some("c".to_owned());
    chat(&Request { temperature: None, stops, seed: Some(7), conversation, host: "localhost", port: 8080 });
    in_process();
    embed(&["float"]);
    retrieve();
    create();
    invoke();
    execute();
    run();
    let spans = calls.all();
    let [chat, in_process, embed, retrieve, create, invoke, execute, run] = &spans[..] else { panic!("{} spans", spans.len()) };

    chat.assert_no_attribute("gen_ai.request.temperature");
    chat.assert_attribute("gen_ai.request.max_tokens", 100);
    chat.assert_attribute("gen_ai.request.top_p", 1.0);
    chat.assert_attribute("gen_ai.request.stop_sequences", r#"["end"]"#);
    chat.assert_attribute("gen_ai.request.seed", 7);
    chat.assert_attribute("gen_ai.conversation.id", "c");
    chat.assert_attribute("session.id", "s");
    chat.assert_attribute("server.port", 8080);
    in_process.assert_attribute("otel.kind", "internal");
    in_process.assert_attribute("gen_ai.request.stop_sequences", r#"["a\"","b"]"#);
    embed.assert_attribute("gen_ai.embeddings.dimension.count", 512);
    embed.assert_attribute("gen_ai.request.encoding_formats", r#"["float"]"#);
    retrieve.assert_attribute("gen_ai.data_source.id", "docs");
    create.assert_attribute("gen_ai.agent.name", "tutor");
    create.assert_attribute("otel.kind", "client");
    invoke.assert_attribute("otel.kind", "internal");
    execute.assert_attribute("gen_ai.tool.call.id", "call");
    execute.assert_attribute("otel.kind", "internal");
    run.assert_attribute("gen_ai.workflow.name", "summarize");
    run.assert_no_attribute("llm.request.type");
}
