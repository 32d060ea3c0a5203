//! Calls below calls: one trace from the workflow to the tool, every span below the one that made it, tokens counted once.

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{Operation, agent, call, llm_span, tool, workflow};
use opentelemetry::{SpanId, trace::SpanKind};
use opentelemetry_sdk::trace::SpanData;

use crate::{
    asked::Answer,
    support::{Telemetry, attribute},
};

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = |chunk| *chunk)]
fn chat() -> impl Stream<Item = Answer> {
    stream::iter([(128, 1), (128, 64)])
}

#[llm_span(operation = "execute_tool", tool = "lookup")]
async fn lookup() -> Option<&'static str> {
    tokio::task::yield_now().await;
    Some("found")
}

#[llm_span(operation = "invoke_agent", agent = "tutor", usage = children)]
async fn tutor() {
    assert_eq!(chat().count().await, 2);
    lookup().await;
    assert_eq!(chat().count().await, 2);
}

#[llm_span(operation = "invoke_workflow", workflow = "lesson", usage = children)]
async fn lesson() {
    tutor().await;
    tutor().await;
}

/// The operations of a trace from its root on, each with what is below it.
fn tree(spans: &[SpanData], parent: SpanId) -> String {
    let mut below: Vec<_> = spans.iter().filter(|span| span.parent_span_id == parent).collect();
    below.sort_by_key(|span| span.start_time);
    let shown = |span: &&SpanData| {
        let operation = attribute(span, "gen_ai.operation.name").unwrap();
        format!("{operation}({})", tree(spans, span.span_context.span_id()))
    };
    below.iter().map(shown).collect::<Vec<_>>().join(" ")
}

fn assert_one_trace(spans: &[SpanData]) {
    for span in spans {
        assert_eq!(span.span_context.trace_id(), spans[0].span_context.trace_id(), "{}", span.name);
    }
}

fn sum(spans: &[SpanData], operation: &str) -> Vec<(String, String)> {
    let is_it = |span: &&SpanData| attribute(span, "gen_ai.operation.name").unwrap().as_str() == operation;
    let tokens = |span: &SpanData, key| attribute(span, key).unwrap().as_str().into_owned();
    let both = |span: &SpanData| (tokens(span, "gen_ai.usage.input_tokens"), tokens(span, "gen_ai.usage.output_tokens"));
    spans.iter().filter(is_it).map(both).collect()
}

/// The counters of AMTP by their names.
fn counted(telemetry: &Telemetry) -> [u64; 3] {
    let counters = telemetry.counters();
    ["prompt_tokens", "completion_tokens", "total_tokens"].map(|name| {
        let of_name = counters.iter().filter(|(series, _)| series.split('{').next() == Some(name));
        of_name.map(|(_, tokens)| tokens).sum()
    })
}

#[tokio::test]
async fn a_workflow_its_agents_their_chats_and_tools_are_one_trace_and_counted_once() {
    let telemetry = Telemetry::start();
    lesson().await;
    let spans = telemetry.spans();
    assert_one_trace(&spans);
    let agent = "invoke_agent(chat() execute_tool() chat())";
    assert_eq!(tree(&spans, SpanId::INVALID), format!("invoke_workflow({agent} {agent})"));
    assert_eq!(sum(&spans, "invoke_agent"), vec![("256".to_owned(), "128".to_owned()); 2]);
    assert_eq!(sum(&spans, "invoke_workflow"), [("512".to_owned(), "256".to_owned())]);
    assert_eq!(counted(&telemetry), [512, 256, 768]);
    assert_eq!(telemetry.found(), [""; 0]);
}

#[tokio::test]
async fn without_the_attribute_the_tree_is_the_same() {
    let telemetry = Telemetry::start();
    let chat = || call(Operation::Chat, "openai", "gpt-4o").stream_with(stream::iter([Some((128, 64))]), |chunk| *chunk);
    let agent = agent("tutor").sum_of_children().run_in_body(async {
        chat().count().await;
        tool("lookup").in_scope_in_body(|| Some("found"));
        Some(())
    });
    workflow("lesson").sum_of_children().run_in_body(agent).await;
    let spans = telemetry.spans();
    assert_one_trace(&spans);
    assert_eq!(tree(&spans, SpanId::INVALID), "invoke_workflow(invoke_agent(chat() execute_tool()))");
    assert_eq!(sum(&spans, "invoke_workflow"), [("128".to_owned(), "64".to_owned())]);
    assert_eq!(counted(&telemetry), [128, 64, 192]);
    let clients = spans.iter().filter(|span| span.span_kind == SpanKind::Client);
    assert_eq!(clients.count(), 1, "the chat alone leaves the process");
}

#[tokio::test]
async fn what_a_tool_asks_of_a_model_is_below_the_tool_and_in_the_agents_sum() {
    let telemetry = Telemetry::start();
    agent("tutor")
        .sum_of_children()
        .run_in_body(async { tool("summarize").run_in_body(async { Some(chat().count().await) }).await })
        .await;
    let spans = telemetry.spans();
    assert_eq!(tree(&spans, SpanId::INVALID), "invoke_agent(execute_tool(chat()))");
    assert_eq!(sum(&spans, "invoke_agent"), [("128".to_owned(), "64".to_owned())]);
    assert_eq!(counted(&telemetry), [128, 64, 192]);
}

#[tokio::test]
async fn a_stream_that_is_polled_after_its_agent_is_over_stays_in_its_trace() {
    let telemetry = Telemetry::start();
    let chunks = agent("tutor").in_scope_in_body(|| Some(chat())).unwrap();
    assert_eq!(chunks.count().await, 2);
    let spans = telemetry.spans();
    assert_one_trace(&spans);
    assert_eq!(tree(&spans, SpanId::INVALID), "invoke_agent(chat())");
    assert_eq!(counted(&telemetry), [128, 64, 192]);
}
