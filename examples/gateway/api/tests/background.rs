use axum::http::header::RETRY_AFTER;

use super::*;

fn later() -> Value {
    question(json!({ "background": true }))
}

impl Gateway {
    async fn status(&self, id: &str) -> Value {
        self.get(&format!("/v1/responses/{id}")).await.ok()["status"].clone()
    }

    /// Waits for it, by giving way: the tasks of this test are all on one thread, and none of them waits for anything else.
    pub(super) async fn until(&self, id: &str, status: &str) -> Value {
        for _ in 0..1000 {
            let body = self.get(&format!("/v1/responses/{id}")).await.ok();
            if body["status"] == status {
                return body;
            }
            tokio::task::yield_now().await;
        }
        panic!("{id} is {}, not {status}", self.status(id).await);
    }

    async fn queue(&self) -> String {
        let body = self.ask(&later()).await.ok();
        assert_eq!((&body["status"], &body["background"], &body["output"]), (&json!("queued"), &json!(true), &json!([])));
        body["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_background_response_is_queued_worked_on_and_completed() {
    let gateway = Gateway::new();
    let id = gateway.queue().await;
    gateway.until(&id, "in_progress").await;
    let early = gateway.ask(&question(json!({ "previous_response_id": id }))).await;
    assert_eq!(early.error(), (400, Some("previous_response_id"), Some("previous_response_not_completed")));
    gateway.fake.tell(hello());
    let body = gateway.until(&id, "completed").await;
    assert_eq!(body["output"][0]["content"][0]["text"], "Hello back.");
    assert_eq!((&body["usage"]["total_tokens"], &body["background"]), (&json!(179), &json!(true)));

    gateway.fake.tell(hello());
    gateway.ask(&question(json!({ "previous_response_id": id, "input": "More" }))).await.ok();
    assert_eq!(gateway.asked().iter().map(|(role, _)| *role).collect::<Vec<_>>(), ["user", "assistant", "user"]);
}

#[tokio::test]
async fn a_background_response_that_fails_says_why() {
    let gateway = Gateway::new();
    let id = gateway.queue().await;
    gateway.fake.tell(Told::Whole(Err(ProviderError::Failed)));
    let body = gateway.until(&id, "failed").await;
    assert_eq!((&body["error"]["code"], &body["output"]), (&json!("server_error"), &json!([])));
}

#[tokio::test]
async fn a_full_queue_keeps_nothing_and_says_when_to_come_again() {
    let gateway = Gateway::new();
    let worked_on = gateway.queue().await;
    gateway.until(&worked_on, "in_progress").await;
    gateway.queue().await;
    assert_eq!(gateway.count().await, 2);
    let refused = gateway.ask(&later()).await;
    assert_eq!(refused.error(), (503, None, Some("queue_full")));
    assert_eq!(refused.headers[RETRY_AFTER], "1");
    assert_eq!(gateway.count().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_background_response_that_takes_too_long_has_failed() {
    let gateway = Gateway::new();
    let id = gateway.queue().await;
    gateway.until(&id, "in_progress").await;
    tokio::time::advance(Duration::from_secs(41)).await;
    let body = gateway.until(&id, "failed").await;
    assert!(body["error"]["message"].as_str().unwrap().contains("too long"));
    assert_eq!(gateway.fake.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_gateway_ends_has_failed() {
    let gateway = Gateway::new();
    let worked_on = gateway.queue().await;
    gateway.until(&worked_on, "in_progress").await;
    let waits = gateway.queue().await;
    gateway.app.queue.end(Duration::from_secs(1)).await;
    for id in [worked_on, waits] {
        assert_eq!(gateway.status(&id).await, "failed");
    }
    assert_eq!(gateway.ask(&later()).await.error(), (503, None, Some("queue_full")));
}

#[tokio::test]
async fn a_background_response_that_was_deleted_is_not_asked_for() {
    let gateway = Gateway::new();
    let worked_on = gateway.queue().await;
    gateway.until(&worked_on, "in_progress").await;
    let waits = gateway.queue().await;
    gateway.call("DELETE", &format!("/v1/responses/{waits}")).await.ok();
    gateway.fake.tell(hello());
    gateway.until(&worked_on, "completed").await;
    let last = gateway.queue().await;
    gateway.fake.tell(hello());
    gateway.until(&last, "completed").await;
    assert_eq!(gateway.fake.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_is_queued_leaves_one_that_is_worked_on() {
    let gateway = Gateway::new();
    {
        let body = later();
        let mut asked = std::pin::pin!(gateway.ask(&body));
        assert!(futures_util::poll!(asked.as_mut()).is_pending());
    }
    gateway.fake.tell(hello());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let listed = gateway.get("/v1/responses").await.ok();
    let id = listed["data"][0]["id"].as_str().unwrap();
    gateway.until(id, "completed").await;
}
