//! What is wrong with the gateway, its provider, or its store.

use std::sync::atomic::Ordering;

use super::*;
use crate::api::generate::LONGEST;

#[tokio::test]
async fn a_provider_that_fails_has_a_status() {
    let gateway = Gateway::new();
    for (error, status) in FAILURES {
        for path in ["/v1/responses", "/v1/chat/completions"] {
            gateway.fake.tell(Told::Whole(Err(error.clone())));
            let body = if path.ends_with("responses") { question(json!({})) } else { chat_question(json!({})) };
            assert_eq!(gateway.post(path, &body).await.error().0, status, "{error:?}");
        }
    }
    assert_eq!(gateway.count().await, 0, "what has failed is not kept");
    let code = Some("model_not_found".to_owned());
    gateway.fake.tell(Told::Whole(Err(ProviderError::Refused { status: 404, code })));
    assert_eq!(gateway.ask(&question(json!({}))).await.error(), (404, None, Some("model_not_found")));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_given_up() {
    let gateway = Gateway::new();
    assert_eq!(gateway.ask(&question(json!({}))).await.error().0, 504);
    assert_eq!(gateway.chat(&chat_question(json!({}))).await.error().0, 504);
    assert_eq!(gateway.ask(&question(json!({ "stream": true }))).await.error().0, 504);
    assert_eq!(gateway.fake.asked.lock().unwrap().len(), 3);
    assert_eq!(gateway.fake.open(), 0, "the provider is told to stop");
}

#[tokio::test]
async fn a_store_that_fails_is_told_without_its_words() {
    let gateway = Gateway::new();
    gateway.fake.tell(hello());
    let first = gateway.ask(&question(json!({}))).await.ok();
    let id = first["id"].as_str().unwrap();
    gateway.store.fails.store(true, Ordering::SeqCst);
    let path = format!("/v1/responses/{id}");
    for failed in [
        gateway.ask(&question(json!({ "previous_response_id": id }))).await,
        gateway.ask(&question(json!({ "background": true }))).await,
        gateway.get(&path).await,
        gateway.get("/v1/responses").await,
        gateway.call("DELETE", &path).await,
    ] {
        assert_eq!(failed.error(), (500, None, None));
        assert!(!failed.body.to_string().contains(fakes::SECRET));
    }
}

#[tokio::test]
async fn an_answer_that_can_not_be_kept_is_given_all_the_same() {
    let gateway = Gateway::new();
    gateway.store.fails.store(true, Ordering::SeqCst);
    gateway.fake.tell(hello());
    let body = gateway.ask(&question(json!({}))).await.ok();
    assert_eq!((&body["status"], &body["store"]), (&json!("completed"), &json!(false)));
    assert_eq!((&body["output"][0]["content"][0]["text"], &body["usage"]["total_tokens"]), (&json!("Hello back."), &json!(179)));
    assert!(!body.to_string().contains(fakes::SECRET));
    gateway.store.fails.store(false, Ordering::SeqCst);
    let path = format!("/v1/responses/{}", body["id"].as_str().unwrap());
    assert_eq!(gateway.get(&path).await.error().0, 404);
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let gateway = Gateway::new();
    let tell = |length: usize| gateway.fake.tell(Told::Whole(Ok(fakes::generated(&"x".repeat(length)))));
    tell(LONGEST);
    gateway.ask(&question(json!({}))).await.ok();
    for later in [false, true] {
        tell(LONGEST + 1);
        let answer = gateway.ask(&question(json!({ "background": later }))).await;
        if later {
            let body = gateway.until(answer.ok()["id"].as_str().unwrap(), "failed").await;
            assert!(body["error"]["message"].as_str().unwrap().contains("longer than the gateway takes"), "{body}");
        } else {
            assert_eq!(answer.error(), (502, None, None));
        }
    }
    for path in ["/v1/responses", "/v1/chat/completions"] {
        for _ in 0..8 {
            gateway.fake.chunk(&"x".repeat(LONGEST / 8));
        }
        gateway.fake.chunk("x");
        let body = if path.ends_with("responses") { question } else { chat_question }(json!({ "stream": true }));
        let last = gateway.events(path, &body).await.pop().unwrap();
        let error = if path.ends_with("responses") { &last.data["response"]["error"] } else { &last.data["error"] };
        assert!(error["message"].as_str().unwrap().contains("longer than the gateway takes"), "{last:?}");
        assert_eq!(gateway.fake.open(), 0);
    }
}

#[tokio::test]
async fn invented_models_are_refused_before_the_provider_is_asked_and_are_not_active() {
    let gateway = Gateway::new();
    gateway.fake.tell(hello());
    gateway.ask(&question(json!({}))).await.ok();
    let no_such = || ProviderError::Refused { status: 404, code: Some("model_not_found".into()) };
    for number in 0..500 {
        if number < 200 {
            let told = if number % 2 == 0 { Told::Whole(Err(no_such())) } else { Told::Chunk(Err(no_such())) };
            gateway.fake.tell(told);
        }
        let fields = json!({ "model": format!("invented-{number}"), "stream": number % 2 == 1 });
        let (path, body) =
            if number % 4 < 2 { ("/v1/responses", question(fields)) } else { ("/v1/chat/completions", chat_question(fields)) };
        assert_eq!(gateway.post(path, &body).await.error(), (404, None, Some("model_not_found")), "{number}");
    }
    let later = question(json!({ "model": "invented", "background": true }));
    assert_eq!(gateway.ask(&later).await.error(), (404, None, Some("model_not_found")));
    assert_eq!(gateway.fake.asked.lock().unwrap().len(), 201);
    assert_eq!(gateway.count().await, 1);
    assert_eq!(gateway.app.activity.counts().models, 1);
    gateway.fake.tell(hello());
    gateway.ask(&question(json!({}))).await.ok();
}

#[tokio::test]
async fn the_future_of_a_client_that_hangs_up_asks_the_provider_to_stop() {
    let gateway = Gateway::new();
    {
        let body = question(json!({}));
        let mut asked = std::pin::pin!(gateway.ask(&body));
        assert!(futures_util::poll!(asked.as_mut()).is_pending());
        assert_eq!(gateway.fake.open(), 1);
    }
    assert_eq!((gateway.fake.open(), gateway.count().await), (0, 0));
}
