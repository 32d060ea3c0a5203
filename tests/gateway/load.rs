//! Under load each counter comes out at what the provider has served.

use llm_span_examples::provider::Provider;

use crate::{
    collector::Collector,
    configs,
    process::Setup,
    programs::{hey, run},
};

/// The document's command.
const HEY: &str = r#"hey -n 1000 -c 10 -m POST \
  -H "Content-Type: application/json" \
  -d '{"model":"gpt-4o-mini","input":"test"}' \
  http://localhost:8080/v1/responses"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "counts of a test")]
async fn step_5_the_documents_load_is_counted_to_the_last_request() {
    let Some(hey) = hey() else { return };
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_production(&collector)).start(&provider);
    let url = gateway.url("");
    let report = tokio::task::spawn_blocking(move || run(&hey, HEY, &url)).await.unwrap();
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains("[200]\t1000 responses"), "{report}");

    let request = [("method", "POST"), ("path", "/v1/responses"), ("status", "200")];
    let scrape = gateway.scraped(|scrape| scrape.sum("http_requests_total", &request) >= 1000.0).await;
    let served = provider.served();
    let of_all = |name: &str| scrape.sum(name, &[]);
    assert_eq!((served.answered, of_all("provider_requests_total")), (1000, served.requests as f64));
    assert_eq!(scrape.sum("http_request_duration_seconds_count", &request), 1000.0);
    assert_eq!(scrape.sum("provider_tokens_total", &[("type", "input")]), served.prompt_tokens as f64);
    assert_eq!(scrape.sum("provider_tokens_total", &[("type", "output")]), served.completion_tokens as f64);
    // The store is asked from time to time, and not by a scrape.
    gateway.scraped(|scrape| scrape.sum("conversation_active_count", &[]) == 1000.0).await;
    assert!(gateway.stop().is_well());
}
