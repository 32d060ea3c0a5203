use async_openai::types::responses::{OutputItem, OutputMessageContent, Response as Read, Status};

use super::*;

#[tokio::test]
async fn a_response_is_answered_as_clients_read_it_and_kept() {
    let gateway = Gateway::new();
    gateway.fake.tell(hello());
    let fields = json!({ "instructions": "Be brief.", "temperature": 0.7, "max_output_tokens": 50, "metadata": { "a": "b" } });
    let body = gateway.ask(&question(fields)).await.ok();
    let read: Read = serde_json::from_value(body.clone()).unwrap();
    assert_eq!((read.status, read.object.as_str(), read.model.as_str()), (Status::Completed, "response", "gpt-4o-mini"));
    let OutputItem::Message(message) = &read.output[0] else { panic!("{:?}", read.output) };
    let OutputMessageContent::OutputText(text) = &message.content[0] else { panic!("{message:?}") };
    assert_eq!(text.text, "Hello back.");
    assert!(read.id.starts_with("resp_") && message.id.starts_with("msg_"));
    let usage = read.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (23, 156, 179));
    assert_eq!((&body["temperature"], &body["metadata"]["a"]), (&json!(0.7), &json!("b")));
    assert_eq!(gateway.asked(), [("system", "Be brief.".to_owned()), ("user", "Hello, world!".to_owned())]);

    let kept = gateway.get(&format!("/v1/responses/{}", read.id)).await.ok();
    assert_eq!((&kept["output"], &kept["usage"], &kept["status"]), (&body["output"], &body["usage"], &body["status"]));
}

#[tokio::test]
async fn a_chain_of_responses_has_all_that_was_said_but_not_the_instructions() {
    let gateway = Gateway::new();
    let mut previous = Value::Null;
    for turn in ["one", "two", "three"] {
        gateway.fake.tell(Told::Whole(Ok(fakes::generated(&format!("answer {turn}")))));
        let input = json!([{ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": turn }] }]);
        let fields = json!({ "input": input, "previous_response_id": previous, "instructions": format!("rule {turn}") });
        let body = gateway.ask(&question(fields)).await.ok();
        assert_eq!(body["previous_response_id"], previous);
        previous = body["id"].clone();
    }
    let said = [("system", "rule three"), ("user", "one"), ("assistant", "answer one"), ("user", "two")];
    let said = said.into_iter().chain([("assistant", "answer two"), ("user", "three")]);
    assert_eq!(gateway.asked(), said.map(|(role, text)| (role, text.to_owned())).collect::<Vec<_>>());
    assert_eq!(gateway.count().await, 3);
}

#[tokio::test]
async fn an_unknown_previous_response_is_told() {
    let gateway = Gateway::new();
    for id in ["resp_00000000000000000000000000000000", "nothing", ""] {
        let refused = gateway.ask(&question(json!({ "previous_response_id": id }))).await;
        assert_eq!(refused.error(), (400, Some("previous_response_id"), Some("previous_response_not_found")));
    }
    assert!(gateway.fake.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_to_be_stored_is_not() {
    let gateway = Gateway::new();
    gateway.fake.tell(hello());
    let body = gateway.ask(&question(json!({ "store": false }))).await.ok();
    assert_eq!((&body["store"], gateway.count().await), (&json!(false), 0));
    let id = body["id"].as_str().unwrap();
    assert_eq!(gateway.get(&format!("/v1/responses/{id}")).await.error().0, 404);
}

#[tokio::test]
async fn an_answer_that_was_cut_off_says_why() {
    for (finish_reason, reason) in [("length", "max_output_tokens"), ("content_filter", "content_filter")] {
        let gateway = Gateway::new();
        let finish_reason = Some(finish_reason.into());
        gateway.fake.tell(Told::Whole(Ok(crate::provider::Generated { finish_reason, ..fakes::generated("Hel") })));
        let body = gateway.ask(&question(json!({}))).await.ok();
        let kept = gateway.get(&format!("/v1/responses/{}", body["id"].as_str().unwrap())).await.ok();
        for body in [body, kept] {
            assert_eq!((&body["status"], &body["error"]), (&json!("incomplete"), &Value::Null));
            assert_eq!(body["incomplete_details"]["reason"], reason);
            assert_eq!(body["output"][0]["content"][0]["text"], "Hel");
        }
    }
}
