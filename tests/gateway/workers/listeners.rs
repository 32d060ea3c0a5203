//! Where each worker shows its metrics, and what several can't share.

use llm_span_examples::provider::Provider;
use serde_json::json;

use super::{ready, send, setup, until};
use crate::{collector::Collector, process::Setup, scrape::Scrape};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_worker_shows_its_metrics_where_the_log_says() {
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = setup(&collector).start(&provider);
    ready(&gateway);
    // On the port that all share it would be another worker's each time.
    assert_eq!(gateway.get("/metrics").send().await.unwrap().status(), 404);
    let body = json!({ "model": "gpt-4o-mini", "input": "test" });
    for _ in 0..20 {
        send(gateway.post("/v1/responses", &body)).await;
    }
    let mut places = std::collections::BTreeSet::new();
    for times in 1..=3 {
        let seen = std::cell::Cell::new(0);
        let line = gateway.wait_for_line("prometheus", |line| {
            let is_one = line["msg"].as_str().is_some_and(|text| text.contains("prometheus http://"));
            seen.set(seen.get() + usize::from(is_one));
            is_one && seen.get() == times
        });
        let text = line["msg"].as_str().unwrap();
        let (_, place) = text.split_once("prometheus ").unwrap();
        places.insert(place.split([';', ',']).next().unwrap().to_owned());
    }
    assert_eq!(places.len(), 3, "{places:?}");
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    until("all requests are counted", async || {
        let mut count = 0.0;
        for place in &places {
            let scrape = Scrape(http.get(place).send().await.unwrap().text().await.unwrap());
            count += scrape.sum("twinkle_http_requests_total", &[("method", "POST")]);
        }
        assert!(count <= 20.0);
        super::told::equal(count, 20.0)
    })
    .await;
    assert!(gateway.stop().is_well());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_none_is_told_before_any_worker_is_started() {
    let provider = Provider::start().await.unwrap();
    let broken = Setup::without_config().file("notes.db", &"no database, but long enough to be one\n".repeat(100));
    let ended = broken.arguments(["--workers", "2", "--store", "sqlite:notes.db"]).launch(&provider).end();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.stderr.contains("notes.db") && !ended.stdout.contains("worker started"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_fail_at_every_start_end_it_with_the_reason() {
    let provider = Provider::start().await.unwrap();
    let broken = Setup::without_config().arguments(["--workers", "2", "--store", "sqlite:gateway.db", "--api-keys", "keys.txt"]);
    let ended = broken.launch(&provider).end();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.stderr.contains("keys.txt") && ended.stderr.contains("fails at every start"), "{ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{ended:?}");
}
