//! Each operation has the conventions' span name and kind, and carries what they demand of it.

use llm_span::{Operation, contract::Value, llm_span, testing};

use crate::support::{Answer, answer};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn chat() -> Answer {
    answer(1, 2)
}

#[llm_span(operation = "text_completion", provider = "openai", model = "davinci")]
fn text_completion() -> Answer {
    answer(1, 2)
}

#[llm_span(operation = "generate_content", provider = "gcp.gemini", model = "gemini-2.5-pro")]
fn generate_content() -> Answer {
    answer(1, 2)
}

#[llm_span(operation = "embeddings", provider = "openai", model = "ada", dimensions = 512, usage = |()| llm_span::Usage::input_only(8))]
fn embeddings() {}

#[llm_span(operation = "retrieval", provider = "cohere", model = "rerank-3", data_source = "wiki", usage = none)]
fn retrieval() {}

#[llm_span(operation = "create_agent", provider = "openai", agent = "tutor", agent_id = "asst_1")]
fn create_agent() {}

#[llm_span(operation = "invoke_agent", agent = "tutor")]
fn invoke_agent_here() {}

#[llm_span(operation = "invoke_agent", provider = "openai", model = "gpt-4o", agent = "tutor")]
fn invoke_agent_there() {}

#[llm_span(operation = "execute_tool", tool = "get_weather", tool_call_id = "call_1", tool_type = "function")]
fn execute_tool() {}

#[llm_span(operation = "invoke_workflow", workflow = "triage")]
fn invoke_workflow() {}

/// What runs, its operation, the exported span's name and kind.
type Case = (fn(), Operation, &'static str, &'static str);

#[test]
fn every_operation_has_its_name_kind_and_attributes() {
    let cases: [Case; 10] = [
        (|| assert!(chat().0.is_some()), Operation::Chat, "llm.completion", "client"),
        (|| assert!(text_completion().0.is_some()), Operation::TextCompletion, "llm.completion", "client"),
        (|| assert!(generate_content().0.is_some()), Operation::GenerateContent, "llm.completion", "client"),
        (embeddings, Operation::Embeddings, "embeddings ada", "client"),
        (retrieval, Operation::Retrieval, "retrieval wiki", "client"),
        (create_agent, Operation::CreateAgent, "create_agent tutor", "client"),
        (invoke_agent_here, Operation::InvokeAgent, "invoke_agent tutor", "internal"),
        (invoke_agent_there, Operation::InvokeAgent, "invoke_agent tutor", "client"),
        (execute_tool, Operation::ExecuteTool, "execute_tool get_weather", "internal"),
        (invoke_workflow, Operation::InvokeWorkflow, "invoke_workflow triage", "internal"),
    ];
    for (run, operation, name, kind) in cases {
        let calls = testing::capture();
        run();
        calls.assert_contract();
        let span = calls.only();
        let exported = span.attribute("otel.name").map_or_else(|| span.name().to_owned(), |name| name.to_string());
        assert_eq!(exported.trim_matches('"'), name);
        assert_eq!(span.name(), operation.span_name());
        assert_eq!(span.operation(), Some(operation));
        span.assert_attribute("otel.kind", kind);
    }
}

#[test]
fn agents_tools_and_workflows_carry_nothing_that_makes_them_calls_of_a_model() {
    for run in [create_agent, invoke_agent_here, invoke_agent_there, execute_tool, invoke_workflow] {
        let calls = testing::capture();
        run();
        let span = calls.only();
        let is_amtp = |(key, _): &(&str, &Value<'_>)| key.starts_with("llm.") && *key != "llm.outcome" || *key == "gen_ai.system";
        assert_eq!(span.records().find(is_amtp), None);
        assert_eq!(calls.tokens().total, 0);
    }
}

#[test]
fn what_an_operation_is_about_is_recorded() {
    let calls = testing::capture();
    execute_tool();
    let span = calls.only();
    span.assert_attribute("gen_ai.tool.name", "get_weather");
    span.assert_attribute("gen_ai.tool.call.id", "call_1");
    span.assert_attribute("gen_ai.tool.type", "function");
    embeddings();
    let span = calls.spans().into_iter().find(|span| span.operation() == Some(Operation::Embeddings)).unwrap();
    span.assert_attribute("gen_ai.embeddings.dimension.count", 512);
}
