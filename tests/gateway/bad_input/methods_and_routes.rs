//! What nobody serves, however it is called, is one series.

use llm_span_examples::provider::Provider;
use serde_json::json;

use super::{SECRET, error, hides, setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_paths_and_methods_have_bounded_labels_however_many_they_are() {
    const COUNT: u64 = 2000;
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    let ask = async |number: u64| {
        let path = format!("/{SECRET}-{number}/../%2e%2e/{}?key={SECRET}", "x".repeat(usize::try_from(number % 300).unwrap()));
        let method = if number.is_multiple_of(2) { "GET" } else { &*format!("M{number}") };
        let answer = gateway.request(method, &path).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        let text = answer.text().await.unwrap();
        assert_eq!(error(&text)[2].as_deref(), Some("unknown_url"), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    };
    // Both methods, and a second scrape, which counts the first one.
    for number in 0..2 {
        ask(number).await;
    }
    gateway.scrape().await;
    let unmatched = [("path", "unmatched"), ("status", "404")];
    let before = gateway.scraped(|scrape| scrape.is("http_requests_total", &unmatched, 2) && has_scrapes(scrape)).await;
    futures_util::StreamExt::for_each_concurrent(futures_util::stream::iter(2..COUNT), 8, ask).await;
    let after = gateway.scraped(|scrape| scrape.is("http_requests_total", &unmatched, COUNT)).await;
    assert_eq!(after.series(), before.series(), "{}", after.0);
    assert!(!after.0.contains(SECRET));
    for (method, count) in [("GET", COUNT / 2), ("_OTHER", COUNT / 2)] {
        assert!(after.is("http_requests_total", &[unmatched[0], unmatched[1], ("method", method)], count), "{}", after.0);
    }
    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    // A span tells the path that was asked for, a log line does not.
    let lines = ended.lines_of("request served");
    assert!(lines.iter().all(|(line, _)| !line.contains(SECRET)));
    assert!(ended.spans().iter().all(|span| !span.to_string().contains(&format!("key={SECRET}"))));
}

/// Its own are there, and those that are made late.
fn has_scrapes(scrape: &crate::scrape::Scrape) -> bool {
    scrape.sum("http_requests_total", &[("path", "/metrics")]) > 0.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_a_route_does_not_take_is_told_which_it_takes() {
    let provider = Provider::start().await.unwrap();
    let gateway = setup().start(&provider);
    for (method, path, route, allowed) in [
        ("PUT", "/v1/responses", "/v1/responses", "GET,HEAD,POST"),
        ("DELETE", "/v1/chat/completions", "/v1/chat/completions", "POST"),
        ("PATCH", "/v1/responses/resp_1", "/v1/responses/{id}", "DELETE,GET,HEAD"),
        ("POST", "/health", "/health", "GET,HEAD"),
        ("FROB", "/v1/responses", "/v1/responses", "GET,HEAD,POST"),
    ] {
        let answer = gateway.request(method, path).body(json!({ "input": SECRET }).to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{method} {path}");
        let mut told: Vec<_> = answer.headers()["allow"].to_str().unwrap().split(',').map(str::trim).collect();
        told.sort_unstable();
        assert_eq!(told.join(","), allowed, "{method} {path}");
        assert!(!answer.text().await.unwrap().contains(SECRET));
        let method = if method == "FROB" { "_OTHER" } else { method };
        let labels = [("method", method), ("path", route), ("status", "405")];
        gateway.scraped(|scrape| scrape.is("http_requests_total", &labels, 1)).await;
    }
    hides(&gateway.stop(), SECRET);
}
