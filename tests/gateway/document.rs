//! The document's section "Testing Observability", step by step: its commands, its files, our binary. The Collector of tests stands in for Jaeger.

use std::collections::BTreeMap;

use llm_span_examples::provider::Provider;
use serde_json::{Value, json};

use crate::{
    collector::{Collector, attributes},
    configs,
    process::Setup,
    programs::{curl, run},
};

fn hello() -> Value {
    json!({ "model": "gpt-4o-mini", "input": "Hello, world!" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_1_a_scrape_shows_itself_to_the_next_one() {
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_production(&collector)).start(&provider);
    gateway.scrape().await;
    let scrape = gateway.scraped(|scrape| scrape.sum("http_requests_total", &[]) > 0.0).await;
    for line in [
        "# HELP http_requests_total Total number of HTTP requests",
        "# TYPE http_requests_total counter",
        r#"http_requests_total{method="GET",path="/metrics",status="200"} 1"#,
        "# HELP conversation_active_count Number of active conversations",
        "# TYPE conversation_active_count gauge",
        r#"conversation_active_count{backend="memory"} 0"#,
    ] {
        assert!(scrape.has(line), "{line}\n{}", scrape.0);
    }
    assert!(gateway.stop().is_well());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_2_spans_are_json_between_the_log_lines() {
    let provider = Provider::start().await.unwrap();
    let gateway = Setup::with_config(configs::STDOUT).start(&provider);
    let answer = gateway.post("/v1/responses", &hello()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap();
    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");
    let spans = ended.spans();
    let of = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no {name}: {spans:?}"));
    let request = of("HTTP POST /v1/responses");
    for name in ["provider.generate", "conversation.create"] {
        assert_eq!((&of(name)["trace_id"], &of(name)["parent_span_id"]), (&request["trace_id"], &request["span_id"]), "{name}");
    }
    assert!(ended.lines().len() > 1, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_3_traces_arrive_at_a_collector_with_the_documents_attributes() {
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_jaeger(&collector)).start(&provider);
    let mut stream = hello();
    stream["stream"] = true.into();
    for body in [hello(), stream] {
        let answer = gateway.post("/v1/responses", &body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    }
    assert!(gateway.stop().is_well());
    let spans = collector.received().spans();
    let of = |name: &str| -> Vec<BTreeMap<String, String>> {
        spans.iter().filter(|span| span.name == name).map(|span| attributes(&span.attributes).collect()).collect()
    };
    let requests = of("HTTP POST /v1/responses");
    assert_eq!(requests.len(), 2, "{spans:?}");
    for request in &requests {
        assert_eq!((request["http.method"].as_str(), request["http.route"].as_str()), ("POST", "/v1/responses"));
        assert_eq!((request["http.status_code"].as_str(), request["http.request_id"].is_empty()), ("200", false));
        assert_eq!((request["trace_id"].len(), request["span_id"].len()), (32, 16));
    }
    for name in ["provider.generate", "provider.generate_stream"] {
        let calls = of(name);
        let [call] = &calls[..] else { panic!("one {name}: {spans:?}") };
        assert_eq!((call["provider.name"].as_str(), call["provider.model"].as_str()), ("openai", "gpt-4o-mini"));
        assert_eq!((call["provider.input_tokens"].as_str(), call["provider.output_tokens"].as_str()), ("128", "64"));
        let is_stream = name.ends_with("stream");
        assert_eq!(call.contains_key("provider.chunk_count"), is_stream, "{call:?}");
        assert_eq!(call.contains_key("provider.ttfb_seconds"), is_stream, "{call:?}");
    }
    let stored = of("conversation.create");
    assert_eq!(stored.len(), 2, "{spans:?}");
    for stored in stored {
        assert_eq!((stored["conversation.backend"].as_str(), stored["conversation.model"].as_str()), ("memory", "gpt-4o-mini"));
        assert!(stored["conversation.id"].starts_with("resp_") && stored["conversation.message_count"] != "0", "{stored:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_4_the_documents_request_counts_in_its_metrics() {
    let Some(curl) = curl() else { return };
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let gateway = Setup::with_config(&configs::of_jaeger(&collector)).start(&provider);
    let answer = run(
        &curl,
        r#"curl -X POST http://localhost:8080/v1/responses \
  -H "Content-Type: application/json" \
  -d '{
    "model": "gpt-4o-mini",
    "input": "Hello, world!"
  }'"#,
        &gateway.url(""),
    );
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!((&answer["object"], &answer["status"]), (&json!("response"), &json!("completed")), "{answer}");

    gateway.scraped(|scrape| scrape.sum("http_requests_total", &[("method", "POST")]) > 0.0).await;
    let told = run(&curl, r#"curl http://localhost:8080/metrics | grep -E "(http_requests|provider_)""#, &gateway.url(""));
    let told = crate::scrape::Scrape(String::from_utf8(told.stdout).unwrap());
    let model = [("provider", "openai"), ("model", "gpt-4o-mini")];
    let tokens = |kind| told.sum("provider_tokens_total", &[model[0], model[1], ("type", kind)]);
    assert_eq!((tokens("input"), tokens("output")), (128.0, 64.0), "{}", told.0);
    let of_call = [model[0], model[1], ("operation", "generate")];
    told.expect("provider_request_duration_seconds_count", &of_call, 1);
    told.expect("provider_requests_total", &[model[0], model[1], of_call[2], ("status", "success")], 1);
    let request = [("method", "POST"), ("path", "/v1/responses"), ("status", "200")];
    told.expect("http_requests_total", &request, 1);
    assert!(gateway.stop().is_well());
}
