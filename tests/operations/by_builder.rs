//! The same without the attribute.

use llm_span::{Operation, Outcome, Usage, agent, call, record_usage, testing, tool, workflow};

#[tokio::test]
async fn a_workflow_of_agents_tools_and_chats_is_one_tree() {
    let calls = testing::capture();
    let chat = || call(Operation::Chat, "openai", "gpt-4o").temperature(0.2).max_tokens(100_u32).seed(7);
    let body = async {
        chat().run_in_body(async { record_usage(Usage::new(10, 20)) }).await;
        tool("get_weather").tool_call_id("call_1").in_scope_in_body(|| Some(5));
    };
    let tutor = agent("tutor").sum_of_children().conversation("c-1").run_in_body(body);
    workflow("triage").run_in_body(tutor).await;

    calls.assert_contract();
    assert_eq!(calls.tokens().total, 30);
    let names: Vec<_> = calls.all().iter().map(|span| (span.name(), span.parent().map(|parent| parent.name()))).collect();
    assert_eq!(
        names,
        [
            ("invoke_workflow", None),
            ("invoke_agent", Some("invoke_workflow")),
            ("llm.completion", Some("invoke_agent")),
            ("execute_tool", Some("invoke_agent")),
        ]
    );
    let span = calls.span("llm.completion");
    span.assert_attribute("gen_ai.request.temperature", 0.2);
    span.assert_attribute("gen_ai.request.max_tokens", 100);
    span.assert_attribute("gen_ai.conversation.id", "c-1");
    calls.span("invoke_agent").assert_attribute("gen_ai.usage.output_tokens", 20);
    calls.span("execute_tool").assert_attribute("otel.name", "execute_tool get_weather");
}

#[test]
fn a_tool_that_fails_has_its_error() {
    let calls = testing::capture();
    let failed = tool("parse").in_scope_in_body(|| "x".parse::<u8>());
    assert!(failed.is_err());
    let span = calls.only();
    assert_eq!(span.outcome(), Some(Outcome::Error));
    span.assert_attribute("error.type", "ParseIntError");
}
