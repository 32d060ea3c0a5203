use async_openai::types::chat::{CreateChatCompletionStreamResponse, FinishReason, Role};

use super::*;

fn streamed(model: Model, options: &Value) -> Value {
    let mut request = question(model);
    request["stream"] = true.into();
    request["stream_options"] = options.clone();
    request
}

/// The data of the events of a stream, as they are sent.
async fn raw(provider: &Provider, request: &Value) -> Vec<String> {
    let url = format!("{}/chat/completions", provider.base_url());
    let response = client().post(url).bearer_auth("key").json(request).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(response.headers()["transfer-encoding"], "chunked");
    let text = response.text().await.unwrap();
    let events = text.strip_suffix("\n\n").unwrap().split("\n\n");
    events.map(|event| event.strip_prefix("data: ").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_stream_has_role_text_reason_usage_and_done() {
    let events = raw(&at_once().await, &streamed(Model::Answers, &json!({ "include_usage": true }))).await;
    assert_eq!(events.last().unwrap(), "[DONE]");
    let chunks: Vec<Value> = events[..events.len() - 1].iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let [first, contents @ .., finish, usage] = &*chunks else { panic!("{chunks:?}") };
    assert_eq!(first["choices"][0]["delta"], json!({ "role": "assistant", "content": "", "refusal": null }));
    let text: String = contents.iter().map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().unwrap()).collect();
    assert!(text.starts_with("Tracing follows one request ") && text.ends_with("it took."), "{text}");
    assert_eq!((&finish["choices"][0]["delta"], &finish["choices"][0]["finish_reason"]), (&json!({}), &json!("stop")));
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"]["total_tokens"], 192);
    for chunk in &chunks[..chunks.len() - 1] {
        assert_eq!(chunk.get("usage"), Some(&Value::Null));
        assert_eq!((&chunk["id"], &chunk["object"]), (&usage["id"], &json!("chat.completion.chunk")));
    }
}

#[tokio::test]
async fn a_stream_tells_its_usage_only_when_asked_and_able() {
    let provider = at_once().await;
    for request in [streamed(Model::Answers, &Value::Null), streamed(Model::NoUsage, &json!({ "include_usage": true }))] {
        let events = raw(&provider, &request).await;
        assert!(!events.iter().any(|event| event.contains("\"usage\"")), "{events:?}");
    }
    let Served { answered, streams, prompt_tokens, completion_tokens, .. } = provider.served();
    assert_eq!((answered, streams, prompt_tokens, completion_tokens), (2, 2, 0, 0));
}

#[tokio::test]
async fn the_typed_client_reads_a_stream() {
    let provider = at_once().await;
    let request = typed!(streamed(Model::Answers, &json!({ "include_usage": true })));
    let stream = openai(&provider).chat().create_stream(request).await.unwrap();
    let chunks: Vec<CreateChatCompletionStreamResponse> = all(stream).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(chunks[0].choices[0].delta.role, Some(Role::Assistant));
    let text: String = chunks.iter().flat_map(|chunk| &chunk.choices).filter_map(|choice| choice.delta.content.clone()).collect();
    assert!(text.ends_with("how long it took."), "{text}");
    let reasons: Vec<_> = chunks.iter().flat_map(|chunk| &chunk.choices).filter_map(|choice| choice.finish_reason).collect();
    assert_eq!(reasons, [FinishReason::Stop]);
    let usage = chunks.last().unwrap().usage.as_ref().unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (128, 64, 192));
    let served = provider.served();
    assert_eq!((served.answered, served.streams, served.total_tokens(), served.under_way()), (1, 1, 192, 0));
}

#[tokio::test]
async fn the_delays_are_kept() {
    let settings =
        Settings { first_chunk: Duration::from_millis(30), between_chunks: Duration::from_millis(2), ..Settings::default() };
    let provider = Provider::start_with(settings).await.unwrap();
    let begun = std::time::Instant::now();
    let mut stream = openai(&provider).chat().create_stream(typed!(streamed(Model::Answers, &Value::Null))).await.unwrap();
    next(&mut stream).await.unwrap().unwrap();
    assert!(begun.elapsed() >= settings.first_chunk);
    let others = u32::try_from(all(stream).await.len()).unwrap();
    assert!(begun.elapsed() >= settings.first_chunk + others * settings.between_chunks);
}
