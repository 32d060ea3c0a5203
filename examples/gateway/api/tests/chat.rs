use async_openai::types::chat::{CreateChatCompletionResponse, CreateChatCompletionStreamResponse, FinishReason, Role};

use super::*;

const PATH: &str = "/v1/chat/completions";

#[tokio::test]
async fn a_chat_is_answered_as_clients_read_it() {
    let gateway = Gateway::new();
    gateway.fake.tell(hello());
    let fields = json!({ "temperature": 0.5, "top_p": 0.25, "max_tokens": 7, "max_completion_tokens": 9, "user": "u", "n": 1, "tools": [] });
    let body = gateway.chat(&chat_question(fields)).await.ok();
    let read: CreateChatCompletionResponse = serde_json::from_value(body).unwrap();
    assert_eq!(
        (read.id.as_str(), read.object.as_str(), read.model.as_str()),
        ("chatcmpl-1", "chat.completion", "gpt-4o-mini-2024-07-18")
    );
    assert_eq!(read.choices[0].message.content.as_deref(), Some("Hello back."));
    assert_eq!((read.choices[0].message.role, read.choices[0].finish_reason), (Role::Assistant, Some(FinishReason::Stop)));
    let usage = read.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (23, 156, 179));

    let request = gateway.request();
    assert_eq!(
        (request.model.as_str(), request.temperature, request.top_p, request.max_tokens),
        ("gpt-4o-mini", Some(0.5), Some(0.25), Some(9))
    );
    assert_eq!(gateway.count().await, 0, "a chat is not kept");
}

#[tokio::test]
async fn all_that_was_said_reaches_the_provider() {
    let gateway = Gateway::new();
    gateway.fake.tell(hello());
    let messages = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "developer", "content": [{ "type": "text", "text": "Be" }, { "type": "text", "text": "kind." }] },
        { "role": "assistant", "content": "Yes?", "refusal": null, "annotations": [] },
        { "role": "assistant", "content": null },
        { "role": "assistant" },
        { "role": "user", "content": "Hello", "name": "ann" },
    ]);
    gateway.chat(&chat_question(json!({ "messages": messages }))).await.ok();
    let said = [
        ("system", "Be brief."),
        ("developer", "Be\nkind."),
        ("assistant", "Yes?"),
        ("assistant", ""),
        ("assistant", ""),
        ("user", "Hello"),
    ];
    assert_eq!(gateway.asked(), said.map(|(role, text)| (role, text.to_owned())));
}

#[tokio::test]
async fn an_answer_without_usage_tells_none() {
    let gateway = Gateway::new();
    gateway.fake.tell(Told::Whole(Ok(crate::provider::Generated { usage: None, ..fakes::generated("Hi") })));
    assert_eq!(gateway.chat(&chat_question(json!({}))).await.ok().get("usage"), None);
}

#[tokio::test]
async fn a_stream_tells_role_text_finish_and_done() {
    for include_usage in [false, true] {
        let gateway = Gateway::new();
        gateway.fake.chunk("");
        gateway.fake.chunk("Hello ");
        gateway.fake.chunk("back.\n\ndata: [DONE]");
        gateway.fake.end("stop");
        let fields = json!({ "stream": true, "stream_options": { "include_usage": include_usage } });
        let mut events = gateway.events(PATH, &chat_question(fields)).await;
        assert!(events.iter().all(|event| event.name.is_none()));
        assert_eq!(events.pop().unwrap().data, json!("[DONE]"));
        let read = |event: Event| serde_json::from_value::<CreateChatCompletionStreamResponse>(event.data).unwrap();
        let mut chunks: Vec<_> = events.into_iter().map(read).collect();
        assert!(chunks.iter().all(|chunk| chunk.id == "chatcmpl-1" && chunk.object == "chat.completion.chunk"));
        if include_usage {
            let last = chunks.pop().unwrap();
            assert!(last.choices.is_empty());
            assert_eq!(last.usage.unwrap().total_tokens, 179);
        }
        assert!(chunks.iter().all(|chunk| chunk.usage.is_none()));
        let choices: Vec<_> = chunks.into_iter().map(|mut chunk| chunk.choices.remove(0)).collect();
        assert_eq!(choices[0].delta.role, Some(Role::Assistant));
        let text: String = choices.iter().filter_map(|choice| choice.delta.content.as_deref()).collect();
        assert_eq!(text, "Hello back.\n\ndata: [DONE]");
        let reasons: Vec<_> = choices.iter().map(|choice| choice.finish_reason).collect();
        assert_eq!(reasons, [None, None, None, Some(FinishReason::Stop)]);
    }
}

#[tokio::test]
async fn an_error_before_the_first_chunk_has_its_status_and_one_later_is_an_event() {
    for (error, status) in FAILURES {
        let gateway = Gateway::new();
        gateway.fake.tell(Told::Chunk(Err(error.clone())));
        assert_eq!(gateway.chat(&chat_question(json!({ "stream": true }))).await.error().0, status);

        gateway.fake.chunk("Hello");
        gateway.fake.tell(Told::Chunk(Err(error)));
        let events = gateway.events(PATH, &chat_question(json!({ "stream": true }))).await;
        let [.., text, last] = &events[..] else { panic!("{events:?}") };
        assert_eq!(text.data["choices"][0]["delta"]["content"], "Hello");
        assert!(last.data["error"]["message"].is_string(), "{last:?}");
        assert_eq!(gateway.fake.open(), 0);
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_off_is_not_told_as_whole() {
    let gateway = Gateway::new();
    gateway.fake.chunk("Hello");
    gateway.fake.tell(Told::End);
    let events = gateway.events(PATH, &chat_question(json!({ "stream": true }))).await;
    assert!(events.last().unwrap().data["error"].is_object());

    gateway.fake.tell(Told::End);
    let empty = gateway.chat(&chat_question(json!({ "stream": true }))).await;
    assert_eq!(empty.error().0, 502);
}
