//! The whole against the embedded provider: the tree, the tokens, the outcomes, the counters, the cost, the contract.

use llm_span::{Operation, Outcome, testing};
use llm_span_examples::provider::Served;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::tree::Node;

/// Serves one request, and waits until the provider has noticed that nobody reads the last stream.
async fn serve_once(endpoint: &Endpoint) -> Served {
    let mut heard = String::new();
    let headline = serve(&Desk::new(endpoint), CONVERSATION, QUESTION, |word| heard.push_str(word)).await.unwrap();
    assert_eq!(headline, "Tracing follows one request through a");
    assert_eq!(heard, "According to the tools: sunny and 18 degrees in Lyon; the next train for Lyon leaves at 14:02.");
    endpoint.embedded.as_ref().unwrap().served_when(|served| served.under_way() == 0).await
}

async fn endpoint() -> Endpoint {
    Endpoint::embedded(pace()).await.unwrap().without_retries()
}

/// A line a span: its name, its tokens, its chunks, how it ended.
fn line(node: &Node) -> String {
    let tokens = node.tokens.map_or_else(String::new, |(prompt, completion)| format!(" {prompt}+{completion}"));
    let chunks = node.chunks.map_or_else(String::new, |chunks| format!(" in {chunks} chunks"));
    format!("{}{}{tokens}{chunks} {}", node.branch, node.name, node.ended).trim_end().to_owned()
}

#[tokio::test]
async fn a_request_is_one_tree_of_calls_each_with_its_tokens_and_outcome() {
    let endpoint = endpoint().await;
    let (telemetry, subscriber) = Telemetry::new().unwrap();
    let installed = tracing::subscriber::set_default(subscriber);
    serve_once(&endpoint).await;
    drop(installed);

    let nodes = tree::of(&telemetry.spans().unwrap());
    let lines: Vec<String> = nodes.iter().map(line).collect();
    let expected = [
        "invoke_workflow travel-desk 448+160 ok",
        "├─ invoke_agent guide 320+96 ok",
        "│  ├─ chat gpt-4o 128+32 in 9 chunks ok",
        "│  ├─ execute_tool get_weather ok",
        "│  ├─ execute_tool next_train ok",
        "│  └─ chat gpt-4o 192+64 in 21 chunks ok",
        "├─ llm.completion 128+64 ok",
        "│  ├─ llm.completion error 500",
        "│  │  └─ llm.inference",
        "│  ├─ llm.completion error 429",
        "│  │  └─ llm.inference",
        "│  └─ llm.completion 128+64 ok",
        "│     ├─ llm.inference",
        "│     └─ llm.response.parse",
        "└─ chat gpt-4o in 3 chunks cancelled",
    ];
    assert_eq!(lines, expected);
    let first_chunks = nodes.iter().filter_map(|node| Some((node.first_chunk?, node.took.as_secs_f64())));
    assert!(first_chunks.clone().all(|(first, took)| first >= pace().first_chunk.as_secs_f64() && first < took));
    assert_eq!(first_chunks.count(), 3);
}

#[tokio::test]
async fn counters_and_cost_are_those_of_the_provider_each_token_counted_once() {
    let endpoint = endpoint().await;
    let (telemetry, subscriber) = Telemetry::new().unwrap();
    let _installed = tracing::subscriber::set_default(subscriber);
    let served = serve_once(&endpoint).await;
    let expected = Served {
        requests: 6,
        answered: 3,
        failed: 2,
        cut_off: 1,
        streams: 2,
        prompt_tokens: 128 + 192 + 128,
        completion_tokens: 32 + 64 + 64,
    };
    assert_eq!(served, expected);

    let counted = |name: &str| format!("{:.6}", telemetry.counter(name).unwrap());
    assert_eq!(counted("llm_prompt_tokens_total"), "448.000000");
    assert_eq!(counted("llm_completion_tokens_total"), "160.000000");
    assert_eq!(counted("llm_total_tokens_total"), "608.000000");
    // 448 at 2.50 and 160 at 10.00 dollars a million.
    assert_eq!(counted("llm_cost_usd_total"), "0.002720");
    assert_eq!(telemetry.findings.take(), []);
}

#[tokio::test]
async fn what_the_client_logs_reaches_no_layer() {
    let endpoint = endpoint().await;
    let (telemetry, subscriber) = Telemetry::new().unwrap();
    let _installed = tracing::subscriber::set_default(subscriber);
    serve_once(&endpoint).await;
    let spans = telemetry.spans().unwrap();
    assert!(spans.len() == 15 && spans.iter().all(|span| span.events.is_empty()), "{spans:?}");
}

/// The request runs in a task, as a server would have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_honours_the_contract_on_whichever_thread_it_runs() {
    Telemetry::new().unwrap(); // installs the prices
    let calls = testing::capture();
    let served = tokio::spawn(calls.capture(async { serve_once(&endpoint().await).await })).await.unwrap();

    calls.assert_contract();
    assert_eq!(calls.tokens(), testing::Tokens::new(448, 160));
    assert_eq!(u64::try_from(calls.tokens().total).unwrap(), served.total_tokens());
    assert!(calls.cost_usd().is_some_and(|cost| (cost - 0.002_72).abs() < 1e-12));
    for call in calls.all() {
        call.assert_attribute("gen_ai.conversation.id", CONVERSATION);
    }

    let workflow = calls.span("invoke_workflow");
    workflow.assert_children(["invoke_agent", "llm.completion", "chat"]);
    workflow.child("invoke_agent").assert_children(["chat", "execute_tool", "execute_tool", "chat"]);
    let [first, second] = &*calls.of(Operation::ExecuteTool) else { panic!("{calls}") };
    first.assert_attribute("gen_ai.tool.name", "get_weather");
    second.assert_attribute("gen_ai.tool.name", "next_train");

    let [_, headline, suggestions] = &*workflow.children() else { panic!("{calls}") };
    let outcomes = headline.children().iter().map(|attempt| (attempt.outcome(), attempt.error_type())).collect::<Vec<_>>();
    let failed = |status: &str| (Some(Outcome::Error), Some(status.to_owned()));
    assert_eq!(outcomes, [failed("500"), failed("429"), (Some(Outcome::Ok), None)]);
    headline.assert_outcome(Outcome::Ok);
    suggestions.assert_outcome(Outcome::Cancelled);
    suggestions.assert_streamed(3);
    assert_eq!(suggestions.tokens(), None);
}

/// The tree of the AMTP document.
#[tokio::test]
async fn a_call_with_its_two_phases_counts_128_and_64_and_192_once() {
    let (telemetry, subscriber) = Telemetry::new().unwrap();
    let _installed = tracing::subscriber::set_default(subscriber.with(testing::layer()));
    let Endpoint { client, model, embedded: _provider, .. } = endpoint().await;
    let calls = testing::capture();
    Headlines { client, model }.attempt("A long answer.").await.unwrap();

    calls.assert_contract();
    assert_eq!(calls.tokens(), testing::Tokens { prompt: 128, completion: 64, total: 192 });
    let call = calls.only();
    assert_eq!(call.name(), "llm.completion");
    call.assert_children(["llm.inference", "llm.response.parse"]);
    let names = ["llm_prompt_tokens_total", "llm_completion_tokens_total", "llm_total_tokens_total"];
    assert_eq!(names.map(|name| telemetry.counter(name)), [Some(128.0), Some(64.0), Some(192.0)]);
}

#[tokio::test]
async fn a_stream_that_fails_midway_fails_its_call_and_the_agent() {
    for (model, kind) in [(Model::FailsMidway, "unreadable"), (Model::BreaksOff, "stream")] {
        let endpoint = endpoint().await;
        let agent = Agent { client: endpoint.client.clone(), model: model.name().to_owned() };
        let calls = testing::capture();
        assert!(agent.answer(QUESTION, |_| {}).await.is_err());

        calls.assert_contract();
        assert_eq!(calls.tokens().total, 0);
        let chat = calls.span("chat");
        assert!(chat.chunks().is_some_and(|chunks| chunks > 0));
        for call in [calls.span("invoke_agent"), chat] {
            call.assert_outcome(Outcome::Error);
            call.assert_attribute("error.type", kind);
        }
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let endpoint = endpoint().await;
    let headlines = Headlines { client: endpoint.client.clone(), model: Model::OutOfQuota.name().to_owned() };
    let calls = testing::capture();
    assert!(headlines.write("A long answer.").await.is_err());
    assert_eq!(endpoint.embedded.unwrap().served().failed, 1);
    calls.assert_contract();
    assert_eq!(calls.count(), 2);
}

#[tokio::test]
async fn a_tool_that_fails_is_told_to_the_model_and_shown_as_an_error() {
    let call = |name: &str, arguments: &str| {
        serde_json::from_value(serde_json::json!({ "id": "call_1", "function": { "name": name, "arguments": arguments } }))
            .unwrap()
    };
    let calls = testing::capture();
    assert_eq!(tools::execute(&call("get_weather", "{")).await, Err(tools::ToolError::Arguments));
    assert_eq!(tools::execute(&call("get_weather", r#"{"city":1}"#)).await, Err(tools::ToolError::Arguments));
    assert_eq!(tools::execute(&call("book_hotel", "{}")).await, Err(tools::ToolError::Unknown));
    calls.assert_contract();
    assert_eq!(calls.count(), 3);
    for call in calls.all() {
        call.assert_outcome(Outcome::Error);
        call.assert_attribute("error.type", "ToolError");
    }
}
