//! The names that a document gives, each with what it says after some rounds.

use crate::{programs::Programs, server::Server, service::Running};

const ROUNDS: u32 = 2;

/// Each is asked for with `sum`; of histograms the count, which is that of the last bucket. `None`: more than 0.
const TWINKLE: [(&str, Option<u32>); 11] = [
    ("twinkle_http_requests_total", None),
    (r#"twinkle_http_request_duration_seconds_bucket{le="+Inf"}"#, None),
    ("twinkle_queue_depth", Some(0)),
    (r#"twinkle_task_execution_seconds_bucket{le="+Inf"}"#, Some(3 * ROUNDS)),
    (r#"twinkle_task_wait_seconds_bucket{le="+Inf"}"#, Some(3 * ROUNDS)),
    ("twinkle_rate_limit_rejections_total", Some(ROUNDS)),
    ("twinkle_tasks_total", Some(3 * ROUNDS)),
    ("twinkle_sessions_active", Some(1)),
    ("twinkle_models_active", Some(1)),
    ("twinkle_sampling_sessions_active", Some(0)),
    ("twinkle_futures_active", Some(0)),
];

/// A round generates text five times, once of them streamed, and fails to once.
const GATEWAY: [(&str, Option<u32>); 16] = [
    (r#"http_requests_total{method="POST",path="/v1/responses",status="200"}"#, Some(3 * ROUNDS)),
    (r#"http_request_duration_seconds_count{path="/v1/responses",status="502"}"#, Some(ROUNDS)),
    (r#"http_request_size_bytes_bucket{method="POST",path="/v1/tasks",le="100.0"}"#, Some(4 * ROUNDS)),
    (r#"http_response_size_bytes_sum{path="/v1/embeddings"}"#, None),
    (r#"provider_requests_total{operation="generate",status="success"}"#, Some(4 * ROUNDS)),
    (r#"provider_requests_total{operation="generate_stream",status="success"}"#, Some(ROUNDS)),
    (r#"provider_requests_total{status="error"}"#, Some(ROUNDS)),
    ("provider_request_duration_seconds_count", Some(6 * ROUNDS)),
    (r#"provider_tokens_total{type="output"}"#, None),
    ("provider_stream_ttfb_seconds_count", Some(ROUNDS)),
    ("provider_stream_chunks_total", None),
    ("provider_stream_duration_seconds_count", Some(ROUNDS)),
    (r#"conversation_operations_total{operation="get",status="error"}"#, Some(ROUNDS)),
    (r#"conversation_operations_total{operation="create",status="success"}"#, Some(2 * ROUNDS)),
    (r#"conversation_operation_duration_seconds_count{operation="append"}"#, Some(ROUNDS)),
    (r#"conversation_active_count{backend="memory"}"#, Some(1)),
];

/// The first call of the tool asks GitHub, those after it find the file in the cache.
const MCP: [(&str, Option<u32>); 4] = [
    (r#"mcp_tool_duration_seconds_count{mcp_tool="repo.read_file",mcp_cache_hit="true"}"#, Some(ROUNDS - 1)),
    ("mcp_github_api_duration_seconds_count", Some(1)),
    (r#"mcp_client_operation_duration_seconds_count{mcp_method_name="tools/call"}"#, Some(ROUNDS)),
    (r#"mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call"}"#, Some(ROUNDS)),
];

#[tokio::test]
async fn each_name_says_what_has_happened() {
    let Some(programs) = Programs::find() else { return };
    let running = Running::start().await;
    running.rounds(ROUNDS.into()).await;
    let (prometheus, scrape) = Server::scraping(running.listening.local_addr(), &programs).await;
    for (name, expected) in TWINKLE.into_iter().chain(GATEWAY).chain(MCP) {
        let found = prometheus.query(&format!("sum({name})"), scrape).await;
        let [sample] = &found[..] else { panic!("{name} finds {found:?}") };
        match expected {
            Some(number) => assert!((sample.value - f64::from(number)).abs() < 1e-9, "{name} is {}, not {number}", sample.value),
            None => assert!(sample.value > 0.0, "{name} is {}", sample.value),
        }
    }
}
