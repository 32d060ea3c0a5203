//! What tests of agents, tools and streams ask for: the operation, the tree, the chunks, the cost.

use std::time::Duration;

use llm_span::{
    Operation,
    testing::{CapturedSpan, capture},
};

use crate::failure;

/// An agent with two turns, and a tool between them.
fn agent() {
    tracing::info_span!("invoke_agent tutor", gen_ai.operation.name = "invoke_agent", gen_ai.agent.name = "tutor").in_scope(
        || {
            turn();
            tracing::info_span!("execute_tool", gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "get_weather")
                .in_scope(|| drop(tracing::info_span!("http.request")));
            turn();
        },
    );
}

fn turn() {
    drop(tracing::info_span!(
        "chat gpt-4o",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.usage.input_tokens = 10_i64,
        gen_ai.usage.output_tokens = 5_i64,
        gen_ai.response.time_to_first_chunk = 0.25,
        llm.stream.chunks = 3_i64,
        llm.usage.estimated = true,
        llm.cost.usd = 0.1,
    ));
}

#[test]
fn calls_are_found_by_their_operation() {
    let calls = capture();
    agent();
    let names = |operation| calls.of(operation).iter().map(CapturedSpan::name).collect::<Vec<_>>();
    assert_eq!(names(Operation::Chat), ["chat gpt-4o", "chat gpt-4o"]);
    assert_eq!(names(Operation::ExecuteTool), ["execute_tool"]);
    assert_eq!(names(Operation::Embeddings), Vec::<&str>::new());
    calls.assert_contract();
}

#[test]
fn children_stand_in_the_order_of_their_opening_and_grandchildren_are_none() {
    let calls = capture();
    agent();
    let agent = calls.span("invoke_agent tutor");
    agent.assert_children(["chat gpt-4o", "execute_tool", "chat gpt-4o"]);
    agent.child("execute_tool").child("http.request").assert_children([]);
}

#[test]
fn other_children_fail_with_a_list() {
    let calls = capture();
    agent();
    let agent = calls.span("invoke_agent tutor");
    let message = failure(|| agent.assert_children(["execute_tool"]));
    let title = "below span invoke_agent tutor stand `chat gpt-4o`, `execute_tool`, `chat gpt-4o`, expected `execute_tool`\n";
    assert!(message.starts_with(title), "{message}");
    assert_eq!(message.matches("closed ok").count(), 3, "{message}");
    let message = failure(|| agent.child("execute_tool").child("http.request").assert_children(["x"]));
    assert!(message.contains("nothing is directly below it"), "{message}");
}

#[test]
fn a_child_that_is_missing_or_one_of_two_fails_with_a_list() {
    let calls = capture();
    agent();
    let agent = calls.span("invoke_agent tutor");
    let message = failure(|| drop(agent.child("execute_tol")));
    assert!(message.starts_with("0 spans `execute_tol` are directly below span invoke_agent tutor, expected one"), "{message}");
    assert!(message.ends_with("help: did you mean `execute_tool`?"), "{message}");
    let message = failure(|| drop(agent.child("chat gpt-4o")));
    assert!(message.starts_with("2 spans `chat gpt-4o` are directly below"), "{message}");
}

#[test]
fn a_stream_tells_its_chunks_the_time_to_the_first_and_what_was_estimated() {
    let calls = capture();
    turn();
    let turn = calls.only();
    turn.assert_streamed(3);
    assert_eq!((turn.chunks(), turn.time_to_first_chunk()), (Some(3), Some(Duration::from_millis(250))));
    assert!(turn.is_estimated());
    assert_eq!(turn.cost_usd(), Some(0.1));
}

#[test]
fn a_stream_that_is_not_as_expected_fails_with_what_was_recorded() {
    let calls = capture();
    turn();
    drop(tracing::info_span!("chat", gen_ai.operation.name = "chat"));
    drop(tracing::info_span!("chat", gen_ai.operation.name = "chat", llm.stream.chunks = 1_i64));
    drop(tracing::info_span!(
        "chat",
        gen_ai.operation.name = "chat",
        llm.stream.chunks = 0_i64,
        gen_ai.response.time_to_first_chunk = 0.5
    ));
    let titles = [
        (4, "span chat gpt-4o has counted 3 chunks, expected 4\n"),
        (1, "no chunks were counted on span chat, expected 1\n"),
        (1, "span chat has counted 1 chunk and no time to the first\n"),
        (0, "span chat has a time to the first chunk and counted none\n"),
    ];
    for (call, (chunks, title)) in calls.all().into_iter().zip(titles) {
        let message = failure(|| call.assert_streamed(chunks));
        assert!(message.starts_with(title), "{message}");
        assert!(message.contains("gen_ai.operation.name = \"chat\""), "{message}");
        assert!(!call.is_estimated() || chunks == 4);
    }
}

#[test]
fn costs_are_summed_once_and_absent_is_not_zero() {
    let calls = capture();
    drop(tracing::info_span!("chat", gen_ai.operation.name = "chat"));
    assert_eq!(calls.cost_usd(), None);
    let retry = tracing::info_span!(
        "chat",
        gen_ai.operation.name = "chat",
        gen_ai.usage.input_tokens = 10_i64,
        gen_ai.usage.output_tokens = 5_i64,
        llm.cost.usd = 0.3
    );
    retry.in_scope(turn);
    drop(retry);
    agent();
    // Added as doubles it were 0.30000000000000004.
    assert_eq!(calls.cost_usd(), Some(0.3));
    assert_eq!(calls.tokens().total, 45);
}
