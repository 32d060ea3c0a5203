//! One trace id leads from the client to everything that the gateway tells of its request.

use std::collections::BTreeSet;

use llm_span_examples::provider::Provider;
use serde_json::json;

use crate::{collector::Collector, configs, process::Setup};

const TRACE: &str = "5d8a7c3f2e1b9a8c7d6e5f4a3b2c1d0e";
const PARENT: &str = "1a2b3c4d5e6f7a8b";

fn hex(bytes: &[u8]) -> String {
    let id = bytes.iter().fold(0_u128, |id, byte| id << 8 | u128::from(*byte));
    format!("{id:0width$x}", width = 2 * bytes.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trace_of_the_client_is_in_spans_rows_log_lines_and_an_exemplar() {
    let (provider, collector) = (Provider::start().await.unwrap(), Collector::start());
    let setup = Setup::with_config(&configs::of_jaeger(&collector)).variable("LLM_SPAN_SQLITE_PATH", "telemetry.db");
    let gateway = setup.start(&provider);
    let body = json!({ "model": "gpt-4o-mini", "input": "Hello, world!" });
    let request = gateway.post("/v1/responses", &body).header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    answer.bytes().await.unwrap();

    // An exemplar of each metric that the document has of the request and of its call.
    gateway.scraped(|scrape| scrape.sum("http_requests_total", &[("method", "POST")]) > 0.0).await;
    let scrape = gateway.scrape_as("application/openmetrics-text; version=1.0.0").await;
    for metric in ["http_request_duration_seconds_bucket", "provider_request_duration_seconds_bucket"] {
        assert!(scrape.exemplars(metric).contains(&TRACE), "{metric}\n{}", scrape.0);
    }

    let ended = gateway.stop();
    assert!(ended.is_well(), "{ended:?}");

    // What the Collector was sent, below the client's span.
    let spans = collector.received().spans();
    let spans: Vec<_> = spans.iter().filter(|span| hex(&span.trace_id) == TRACE).collect();
    let server = spans.iter().find(|span| hex(&span.parent_span_id) == PARENT).unwrap_or_else(|| panic!("{spans:?}"));
    assert_eq!(server.name, "HTTP POST /v1/responses");
    let names: BTreeSet<String> = spans.iter().map(|span| span.name.clone()).collect();
    assert!(names.contains("provider.generate") && names.contains("conversation.create"), "{names:?}");

    // What the file has.
    let file = rusqlite::Connection::open(ended.path("telemetry.db")).unwrap();
    let mut rows = file.prepare("SELECT name FROM spans WHERE trace_id = ?1").unwrap();
    let kept: BTreeSet<String> = rows.query_map([TRACE], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(kept, names);

    // What is logged: who served it, and what was answered.
    let access = ended.lines_of("request served");
    let ours: Vec<_> = access.iter().filter(|(_, line)| line["trace_id"] == TRACE).collect();
    let [(text, line)] = &ours[..] else { panic!("{access:?}") };
    assert_eq!((line["span_id"].as_str(), line["request_id"].as_str()), (Some(&*hex(&server.span_id)), Some(&*request_id)));
    for id in ["trace_id", "span_id", "request_id"] {
        assert_eq!(text.matches(&format!("\"{id}\":")).count(), 1, "{text}");
    }
    let generated = ended.lines_of("response generated");
    let [(text, line)] = &generated[..] else { panic!("{ended:?}") };
    assert_eq!((line["trace_id"].as_str(), line["request_id"].as_str()), (Some(TRACE), Some(&*request_id)), "{text}");
    assert_eq!((&line["provider"], &line["model"]), (&json!("openai"), &json!("gpt-4o-mini")), "{text}");
    assert_eq!((&line["input_tokens"], &line["output_tokens"]), (&json!(128), &json!(64)), "{text}");
}
