//! The queries of the dashboards.

use crate::{
    document::queries,
    expected::{ALL, Expected},
    programs::Programs,
    server::Server,
    service::Running,
};

#[test]
fn each_query_of_the_document_is_one_that_is_tested() {
    let written: Vec<_> = queries().iter().map(|query| (query.dashboard, query.panel)).collect();
    assert_eq!(written, ALL.map(|(dashboard, panel, _)| (dashboard, panel)));
}

#[tokio::test]
async fn each_query_finds_what_the_provider_has_served() {
    let Some(programs) = Programs::find() else { return };
    let running = Running::start().await;
    let (prometheus, mut scrape) = Server::scraping(running.listening.local_addr(), &programs).await;
    // Rates need a scrape before the counters grow.
    for _ in 0..2 {
        running.rounds(1).await;
        scrape = prometheus.scraped().await;
    }
    let served = running.service.served();
    assert_eq!((served.under_way(), served.cut_off), (0, 0));
    for query in queries() {
        let found = prometheus.query(query.text, scrape).await;
        Expected::of(&query).unwrap_or_else(|| panic!("{query:?} is not tested")).check(&query, &found, &served);
    }
}

/// So Prometheus sees the first call, too: it knows no step from nothing to 1.
#[tokio::test]
async fn the_first_call_is_a_step_from_0() {
    let Some(programs) = Programs::find() else { return };
    let running = Running::start().await;
    let (prometheus, scrape) = Server::scraping(running.listening.local_addr(), &programs).await;
    let announced = [
        r#"llm_prompt_tokens_total{llm_model="gpt-4o",llm_provider="openai",gen_ai_system="openai"}"#,
        r#"llm_completion_tokens_total{llm_model="gpt-4o"}"#,
        r#"llm_total_tokens_total{llm_model="text-embedding-3-small"}"#,
        r#"llama_stack_tokens_total{model_id="gpt-4o",provider_id="openai"}"#,
        r#"provider_requests_total{model="gpt-4o",operation="generate",status="success"}"#,
        r#"provider_requests_total{model="gpt-4o",operation="generate_stream",status="success"}"#,
        r#"provider_tokens_total{model="gpt-4o",type="output"}"#,
        r#"provider_stream_chunks_total{model="gpt-4o"}"#,
        r#"http_requests_total{path="/v1/responses",status="502"}"#,
        r#"conversation_operations_total{operation="append",backend="memory",status="success"}"#,
        r#"twinkle_tasks_total{task_type="sample",status="completed"}"#,
        r#"twinkle_rate_limit_rejections_total{deployment="Sampler"}"#,
        r#"traces_spanmetrics_calls_total{span_name="llm.completion",llm_model="gpt-4o",status_code="STATUS_CODE_UNSET"}"#,
    ];
    for counter in announced {
        let found = prometheus.query(counter, scrape).await;
        assert!(found.len() == 1 && found[0].value == 0.0, "{counter} before the first call: {found:?}");
    }
    running.rounds(1).await;
    let scrape = prometheus.scraped().await;
    for counter in announced {
        let found = prometheus.query(&format!("increase({counter}[5m])"), scrape).await;
        assert!(found.len() == 1 && found[0].value > 0.0, "{counter} after the first call: {found:?}");
    }
}
