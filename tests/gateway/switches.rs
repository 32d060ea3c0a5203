//! What switches metrics off, and what a gateway is that nobody has configured.

use llm_span_examples::provider::Provider;
use serde_json::json;

use crate::process::Setup;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_either_switch_is_off_there_is_no_metrics_endpoint() {
    let provider = Provider::start().await.unwrap();
    for off in ["{enabled: false}", "{tracing: {exporter: {type: stdout}}, metrics: {enabled: false}}"] {
        let gateway = Setup::with_config(&format!("observability: {off}")).start(&provider);
        assert_eq!(gateway.get("/metrics").send().await.unwrap().status(), 404, "{off}");
        let body = json!({ "model": "gpt-4o-mini", "input": "test" });
        assert_eq!(gateway.post("/v1/responses", &body).send().await.unwrap().status(), 200, "{off}");
        let ended = gateway.stop();
        assert!(ended.is_well() && !ended.lines_of("request served").is_empty(), "{off}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_of_its_own_is_that_of_the_endpoint() {
    let provider = Provider::start().await.unwrap();
    let config = "observability: {tracing: {exporter: {type: stdout}}, metrics: {path: /internal/metrics}}";
    let gateway = Setup::with_config(config).start(&provider);
    let status = async |path: &str| gateway.get(path).send().await.unwrap().status().as_u16();
    assert_eq!((status("/internal/metrics").await, status("/metrics").await), (200, 404));
    assert!(gateway.stop().is_well());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_file_it_serves_all_the_same() {
    let provider = Provider::start().await.unwrap();
    let gateway = Setup::without_config().start(&provider);
    let health = gateway.get("/health").send().await.unwrap();
    assert_eq!(health.status(), 200);
    let body = json!({ "model": "gpt-4o-mini", "input": "test" });
    assert_eq!(gateway.post("/v1/responses", &body).send().await.unwrap().status(), 200);
    assert!(gateway.stop().is_well());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_are_wrong_are_told_with_their_place() {
    let provider = Provider::start().await.unwrap();
    let ended = Setup::with_config("observability:\n  tracing: {samplr: always}").launch(&provider).end();
    assert_ne!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("config.yaml:2:13") && ended.stderr.contains("did you mean `sampler`?"), "{ended:?}");
}
