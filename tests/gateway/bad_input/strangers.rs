//! Who is not let in, or not now.

use llm_span_examples::provider::Provider;
use serde_json::{Value, json};

use super::{SECRET, error, hides, setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shows_no_key_or_a_wrong_one_is_not_let_in_and_keys_are_told_nowhere() {
    let provider = Provider::start().await.unwrap();
    let keys = format!("# clients\nfront: {SECRET}-right\n");
    let gateway = setup().file("keys.txt", &keys).arguments(["--api-keys", "keys.txt"]).start(&provider);
    let body = json!({ "model": "gpt-4o-mini", "input": "test" });
    let ask = async |path: &str, authorization: &[String]| {
        let request = gateway.post(path, &body);
        authorization.iter().fold(request, |request, value| request.header("authorization", value)).send().await.unwrap()
    };
    let right = format!("Bearer {SECRET}-right");
    let wrong = [
        (vec![], "missing_api_key"),
        (vec![format!("Bearer {SECRET}-wrong")], "invalid_api_key"),
        (vec![format!("Bearer {SECRET}-righ")], "invalid_api_key"),
        (vec![format!("Bearer {}", SECRET.repeat(300))], "invalid_api_key"),
        (vec![format!("Basic {SECRET}-right")], "invalid_api_key"),
        (vec![format!("{SECRET}-right")], "invalid_api_key"),
        (vec![right.clone(), right.clone()], "invalid_api_key"),
    ];
    for (authorization, code) in &wrong {
        let answer = ask("/v1/responses", authorization).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["www-authenticate"].as_bytes()), (401, &b"Bearer"[..]));
        let text = answer.text().await.unwrap();
        assert_eq!(error(&text)[2].as_deref(), Some(*code), "{text}");
        assert!(!text.contains(SECRET), "{text}");
        // What is not there needs no key.
        let answer = ask("/v1/unknown", authorization).await;
        assert_eq!((answer.status().as_u16(), answer.headers().contains_key("www-authenticate")), (404, false));
        assert!(!answer.text().await.unwrap().contains(SECRET));
    }
    assert_eq!(ask("/v1/responses", &[right]).await.status(), 200);
    let count = wrong.len().try_into().unwrap();
    for (path, status) in [("/v1/responses", "401"), ("unmatched", "404")] {
        gateway.scraped(|scrape| scrape.is("http_requests_total", &[("path", path), ("status", status)], count)).await;
    }
    let scrape =
        gateway.scraped(|scrape| scrape.is("http_requests_total", &[("path", "/v1/responses"), ("status", "200")], 1)).await;
    assert!(!scrape.0.contains(SECRET));
    assert_eq!(provider.served().requests, 1);
    hides(&gateway.stop(), SECRET);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rejection_by_the_rate_limit_is_counted_and_told_when_to_come_back() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().arguments(["--rate-limit", "1", "--rate-burst", "3"]).start(&provider);
    let body = json!({ "model": "gpt-4o-mini", "input": SECRET });
    let (mut served, mut rejected) = (0, 0);
    for _ in 0..30 {
        let answer = gateway.post("/v1/responses", &body).send().await.unwrap();
        if answer.status() == 200 {
            served += 1;
            continue;
        }
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()), (429, &b"1"[..]));
        assert_eq!(error(&answer.text().await.unwrap())[2].as_deref(), Some("rate_limit_exceeded"));
        rejected += 1;
    }
    assert!(served >= 3 && rejected > 0, "{served} {rejected}");
    // Health and metrics have no limit.
    let scrape = gateway.scraped(|scrape| scrape.is("http_requests_total", &[("path", "/v1/responses")], 30)).await;
    assert!(scrape.is("twinkle_rate_limit_rejections_total", &[], rejected), "{}", scrape.0);
    for (status, count) in [("200", served), ("429", rejected)] {
        assert!(scrape.is("http_requests_total", &[("path", "/v1/responses"), ("status", status)], count), "{}", scrape.0);
    }
    assert_eq!((gateway.get("/health").send().await.unwrap().status().as_u16(), provider.served().requests), (200, served));
    hides(&gateway.stop(), SECRET);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_a_key_sees_nothing_that_another_has_kept() {
    let provider = Provider::start().await.unwrap();
    for store in ["memory", "sqlite:kept.db"] {
        let setup = setup().file("keys.txt", "front: key-front\nbatch: key-batch\n");
        let gateway = setup.arguments(["--api-keys", "keys.txt", "--store", store]).start(&provider);
        let ask = async |key: &str, method: &str, path: &str, body: &Value| {
            let request = gateway.request(method, path).header("authorization", format!("Bearer {key}"));
            let request = request.header("content-type", "application/json").body(body.to_string());
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap().parse::<Value>().unwrap())
        };
        let question = |previous: &Value| json!({ "model": "gpt-4o-mini", "input": SECRET, "previous_response_id": previous });
        let (_, kept) = ask("key-front", "POST", "/v1/responses", &question(&Value::Null)).await;
        let path = format!("/v1/responses/{}", kept["id"].as_str().unwrap());
        for (method, path) in [("GET", &path), ("GET", &format!("{path}/input_items")), ("DELETE", &path)] {
            assert_eq!(ask("key-batch", method, path, &Value::Null).await.0, 404, "{store} {method} {path}");
        }
        assert_eq!(ask("key-batch", "POST", "/v1/responses", &question(&kept["id"])).await.0, 400);
        let listed = async |key: &str| ask(key, "GET", "/v1/responses", &Value::Null).await.1["data"].as_array().unwrap().len();
        assert_eq!((listed("key-batch").await, listed("key-front").await), (0, 1));
        assert_eq!(ask("key-front", "POST", "/v1/responses", &question(&kept["id"])).await.0, 200);
        assert_eq!(ask("key-front", "DELETE", &path, &Value::Null).await.0, 200);
        hides(&gateway.stop(), SECRET);
    }
}
