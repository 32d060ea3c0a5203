//! What the gateway's document does by hand: `curl`, and `grep`.

use crate::service::Running;

/// The lines that the document prints are there, but for the texts after HELP, and the counts that grow.
#[tokio::test]
async fn what_is_scraped_reads_as_the_document_has_it() {
    let running = Running::start().await;
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let url = format!("http://{}/metrics", running.service.address());
    let scrape = async || {
        let response = http.get(&url).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        response.text().await.unwrap()
    };
    // A request is counted when it is answered: the first scrape is in the second.
    scrape().await;
    let metrics = scrape().await;
    for line in [
        "# TYPE http_requests_total counter",
        r#"http_requests_total{method="GET",path="/metrics",status="200"} 1"#,
        "# TYPE conversation_active_count gauge",
        r#"conversation_active_count{backend="memory"} 0"#,
    ] {
        assert!(metrics.lines().any(|of| of == line), "no line `{line}` in:\n{metrics}");
    }
    for help in ["# HELP http_requests_total ", "# HELP conversation_active_count "] {
        assert!(metrics.lines().any(|line| line.starts_with(help)), "no line `{help}…` in:\n{metrics}");
    }

    let sum = |metrics: &str, name: &str, labels: &[&str]| -> f64 {
        let is_of = |line: &&str| line.starts_with(&format!("{name}{{")) && labels.iter().all(|label| line.contains(label));
        metrics.lines().filter(is_of).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    running.rounds(1).await;
    let after = scrape().await;
    for (name, labels) in [
        ("http_requests_total", &[r#"path="/v1/responses""#][..]),
        ("provider_requests_total", &[]),
        ("provider_tokens_total", &[r#"type="input""#]),
        ("provider_tokens_total", &[r#"type="output""#]),
        ("provider_request_duration_seconds_count", &[]),
    ] {
        assert!(sum(&metrics, name, labels) < sum(&after, name, labels), "{name} {labels:?} did not grow:\n{after}");
    }
}
