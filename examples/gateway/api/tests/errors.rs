//! What is wrong with the gateway, its provider, or its store.

use std::sync::atomic::Ordering;

use super::*;

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
    gateway.fake.tell(hello());
    let path = format!("/v1/responses/{id}");
    for failed in [
        gateway.ask(&question(json!({}))).await,
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
