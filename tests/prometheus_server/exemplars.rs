//! From a bucket to the trace of a call that is in it.

use std::collections::HashMap;

use opentelemetry_sdk::trace::SpanData;

use crate::{programs::Programs, server::Server, service::Running};

/// Only OpenMetrics has exemplars and units: so it is OpenMetrics that Prometheus has asked for, and read.
#[tokio::test]
async fn a_bucket_leads_to_a_span_that_was_exported() {
    let Some(programs) = Programs::find() else { return };
    let running = Running::start().await;
    let (prometheus, _) = Server::scraping(running.listening.local_addr(), &programs).await;
    running.rounds(1).await;
    prometheus.scraped().await;

    let spans = running.exported.get_finished_spans().unwrap();
    let ids = |span: &SpanData| (span.span_context.trace_id().to_string(), span.span_context.span_id().to_string());
    let exported: HashMap<_, _> = spans.iter().map(|span| (ids(span), span.name.as_ref())).collect();
    for (bucket, expected) in [
        (r#"gen_ai_client_operation_duration_seconds_bucket{gen_ai_operation_name="chat"}"#, "llm.completion"),
        ("provider_request_duration_seconds_bucket", "llm.completion"),
        (r#"http_request_duration_seconds_bucket{path="/v1/responses"}"#, "HTTP POST /v1/responses"),
        ("twinkle_task_execution_seconds_bucket", "twinkle.task"),
        (r#"traces_spanmetrics_duration_seconds_bucket{span_name="llm.completion"}"#, "llm.completion"),
    ] {
        let exemplars = prometheus.exemplars(bucket).await;
        assert!(!exemplars.is_empty(), "{bucket} has no exemplar");
        for exemplar in exemplars {
            let text = |label: &str| exemplar["labels"][label].as_str().unwrap_or_default().to_owned();
            let leads_to = exported.get(&(text("trace_id"), text("span_id"))).copied();
            assert_eq!(leads_to, Some(expected), "{bucket}: {exemplar}");
        }
    }
    let metadata = prometheus.metadata().await;
    assert_eq!(metadata["gen_ai_client_operation_duration_seconds"][0]["unit"], "seconds", "{metadata:#}");
    assert_eq!(metadata["llm_prompt_tokens"][0]["type"], "counter", "{metadata:#}");
}
