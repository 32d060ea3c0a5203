use async_openai::{
    traits::EventType,
    types::responses::{OutputItem, ResponseStreamEvent, Status},
};

use super::*;

fn tools() -> Value {
    let parameters = json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] });
    json!([{ "type": "function", "name": "weather", "parameters": parameters, "strict": true }])
}

async fn events(provider: &Provider, request: Value) -> Vec<ResponseStreamEvent> {
    let stream = openai(provider).responses().create_stream(typed!(request)).await.unwrap();
    all(stream).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_response_is_answered() {
    let provider = at_once().await;
    let request = json!({ "model": "gpt-4o", "input": "Explain tracing in one sentence." });
    let response = openai(&provider).responses().create(typed!(request)).await.unwrap();
    assert_eq!((response.status.clone(), &*response.model), (Status::Completed, "gpt-4o-2024-08-06"));
    assert!(response.output_text().unwrap().starts_with("Tracing follows"));
    let usage = response.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (128, 64, 192));
    assert_eq!(provider.served().total_tokens(), 192);
}

#[tokio::test]
async fn a_streamed_response_has_the_documented_events() {
    let provider = at_once().await;
    let events = events(&provider, json!({ "model": "gpt-4o", "input": "Explain tracing in one sentence." })).await;
    let mut kinds: Vec<_> = events.iter().map(EventType::event_type).collect();
    kinds.dedup();
    let expected = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(kinds, expected);
    let numbers: Vec<_> = events.iter().map(|event| serde_json::to_value(event).unwrap()["sequence_number"].clone()).collect();
    assert_eq!(json!(numbers), json!((0..numbers.len()).collect::<Vec<_>>()));
    let delta = |event: &ResponseStreamEvent| match event {
        ResponseStreamEvent::ResponseOutputTextDelta(event) => Some(event.delta.clone()),
        _ => None,
    };
    let text: String = events.iter().filter_map(delta).collect();
    let Some(ResponseStreamEvent::ResponseCompleted(completed)) = events.last() else { panic!("{events:?}") };
    assert_eq!(completed.response.output_text(), Some(text));
    assert_eq!(completed.response.usage.as_ref().unwrap().total_tokens, 192);
    let served = provider.served();
    assert_eq!((served.streams, served.total_tokens()), (1, 192));
}

#[tokio::test]
async fn a_response_calls_tools_and_uses_their_output() {
    let provider = at_once().await;
    let question = json!({ "role": "user", "content": "What is the weather in Lyon?" });
    let called = events(&provider, json!({ "model": "gpt-4o", "input": [question], "tools": tools() })).await;
    let delta = |event: &ResponseStreamEvent| match event {
        ResponseStreamEvent::ResponseFunctionCallArgumentsDelta(event) => Some(event.delta.clone()),
        _ => None,
    };
    let pieces: Vec<_> = called.iter().filter_map(delta).collect();
    assert_eq!((pieces.len() > 1, &*pieces.concat()), (true, r#"{"city":"Lyon"}"#));
    let Some(ResponseStreamEvent::ResponseCompleted(completed)) = called.last() else { panic!("{called:?}") };
    let [OutputItem::FunctionCall(call)] = &*completed.response.output else { panic!("{completed:?}") };
    assert_eq!((&*call.name, &*call.arguments), ("weather", r#"{"city":"Lyon"}"#));
    assert_eq!(completed.response.usage.as_ref().unwrap().output_tokens, 16);

    let call_id = &call.call_id;
    let made = json!({ "type": "function_call", "call_id": call_id, "name": "weather", "arguments": "{}" });
    let output = json!({ "type": "function_call_output", "call_id": call_id, "output": "18 degrees" });
    let request = json!({ "model": "gpt-4o", "input": [question, made, output], "tools": tools() });
    let response = openai(&provider).responses().create(typed!(request)).await.unwrap();
    assert_eq!(response.output_text().as_deref(), Some("According to the tools: 18 degrees."));
    assert_eq!(response.usage.unwrap().input_tokens, 160);
}

#[tokio::test]
async fn a_streamed_response_may_fail_and_may_tell_no_usage() {
    let provider = at_once().await;
    let failed = events(&provider, json!({ "model": Model::FailsMidway.name(), "input": "Explain tracing." })).await;
    let [.., ResponseStreamEvent::ResponseError(error), ResponseStreamEvent::ResponseFailed(event)] = &*failed else {
        panic!("{failed:?}")
    };
    assert_eq!((error.code.as_deref(), event.response.status.clone()), (Some("server_error"), Status::Failed));
    assert_eq!(event.sequence_number, failed.len() as u64 - 1);
    let silent = events(&provider, json!({ "model": Model::NoUsage.name(), "input": "Explain tracing." })).await;
    assert!(matches!(silent.last(), Some(ResponseStreamEvent::ResponseCompleted(event)) if event.response.usage.is_none()));
    let expected = Served { requests: 2, failed: 1, answered: 1, streams: 1, ..Served::default() };
    assert_eq!(provider.served(), expected);
}

#[tokio::test]
async fn wrong_input_is_told() {
    let provider = at_once().await;
    let output = json!({ "type": "function_call_output", "call_id": "call_1", "output": "18 degrees" });
    for input in [json!(null), json!([]), json!([7]), json!([output])] {
        let url = format!("{}/responses", provider.base_url());
        let request = json!({ "model": "gpt-4o", "input": input });
        let response = client().post(url).bearer_auth("key").json(&request).send().await.unwrap();
        assert_eq!(response.status(), 400, "{input}");
        assert_eq!(response.json::<Value>().await.unwrap()["error"]["param"], "input", "{input}");
    }
}
