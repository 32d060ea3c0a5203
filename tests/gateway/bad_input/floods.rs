//! Who invents names of models, as many as he can.

use futures_util::future::join_all;
use llm_span_examples::provider::Provider;
use serde_json::{Value, json};

use super::{error, setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invented_models_leave_room_for_the_labels_of_those_that_there_are() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().arguments(["--rate-limit", "100000", "--rate-burst", "100000"]).start(&provider);
    let ask = async |model: &str, number: usize| {
        let (stream, later) = (number % 3 == 1, number % 3 == 2);
        let (path, body) = if number.is_multiple_of(2) {
            ("/v1/responses", json!({ "model": model, "input": "test", "stream": stream, "background": later }))
        } else {
            let messages = json!([{ "role": "user", "content": "test" }]);
            ("/v1/chat/completions", json!({ "model": model, "messages": messages, "stream": stream }))
        };
        let answer = gateway.post(path, &body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ask("gpt-4o-mini", 0).await.0, 200);
    let (mut refused, mut later) = (0, 0);
    for hundred in 0..10 {
        let answers = join_all((0..100).map(async |number| ask(&format!("invented-{hundred}-{number}"), number).await)).await;
        for (status, text) in answers {
            if status == 200 {
                // One that is let in is answered when it is worked on.
                assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["status"], "queued");
                later += 1;
            } else {
                assert_eq!((status, error(&text)[2].as_deref()), (404, Some("model_not_found")), "{text}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 800 && later > 0, "{refused} {later}");
    let scrape = gateway.scraped(|scrape| scrape.is("provider_requests_total", &[], 201)).await;
    let models = scrape.0.lines().filter(|line| line.starts_with("provider_requests_total{")).count();
    assert!(models <= 201 && !scrape.0.contains("invented-9-"), "{models}\n{}", scrape.0);
    assert_eq!(ask("gpt-4o-mini", 1).await.0, 200);
    let known = [("model", "gpt-4o-mini"), ("status", "success")];
    let scrape = gateway.scraped(|scrape| scrape.is("provider_requests_total", &known, 2)).await;
    assert!(scrape.is("provider_requests_total", &[("status", "error")], 200), "{}", scrape.0);
    gateway.scraped(|scrape| scrape.is("twinkle_models_active", &[], 1)).await;
    assert_eq!(provider.served().requests, 202);
    assert!(gateway.stop().is_well());
}
