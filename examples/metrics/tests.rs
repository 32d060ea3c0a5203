//! The service without a Prometheus: what it would scrape. With one it is tested in `tests/prometheus_server`.

use tracing::subscriber::DefaultGuard;

use super::{
    queue::{Kind, Queue},
    *,
};

/// The telemetry of a test, whose runtime has one thread: its spans go to the subscriber of that thread.
fn telemetry() -> (Telemetry, DefaultGuard) {
    let tracer = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let (telemetry, subscriber) = Telemetry::new(&tracer).unwrap();
    (telemetry, tracing::subscriber::set_default(subscriber))
}

/// The sum of a metric's series that have these labels; `None` where there is none.
fn sum(telemetry: &Telemetry, name: &str, labels: &[&str]) -> Option<f64> {
    let text = telemetry.prometheus.render(None).body;
    let is_of = |line: &&str| line.split(['{', ' ']).next() == Some(name) && labels.iter().all(|label| line.contains(label));
    text.lines().filter(is_of).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).reduce(|a, b| a + b)
}

#[tokio::test]
async fn the_counters_say_what_the_provider_has_served() {
    let (telemetry, _installed) = telemetry();
    let service = Service::start(&telemetry).await.unwrap();
    for _ in 0..3 {
        service.round().await.unwrap();
    }
    let served = service.served();
    let counted = |name: &str| sum(&telemetry, name, &[]).map(|sum| format!("{sum}"));
    assert_eq!(counted("llm_prompt_tokens_total"), Some(served.prompt_tokens.to_string()));
    assert_eq!(counted("llm_completion_tokens_total"), Some(served.completion_tokens.to_string()));
    assert_eq!(counted("llm_total_tokens_total"), Some(served.total_tokens().to_string()));
    assert_eq!(counted("llama_stack_tokens_total"), Some(served.total_tokens().to_string()));
    assert!(served.prompt_tokens > 0 && served.streams == 3);
}

#[tokio::test]
async fn what_is_expected_stands_at_0_before_it_happens() {
    let (telemetry, _installed) = telemetry();
    let _service = Service::start(&telemetry).await.unwrap();
    for (name, labels) in [
        ("llm_prompt_tokens_total", r#"llm_model="gpt-4o""#),
        ("provider_stream_chunks_total", r#"model="gpt-4o""#),
        ("http_requests_total", r#"status="502""#),
        ("twinkle_tasks_total", r#"status="timeout""#),
        ("twinkle_rate_limit_rejections_total", r#"deployment="Sampler""#),
        ("conversation_operations_total", r#"operation="list""#),
        ("conversation_active_count", r#"backend="memory""#),
        ("twinkle_sessions_active", ""),
    ] {
        assert_eq!(sum(&telemetry, name, &[labels]), Some(0.0), "{name} of {labels}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_waits_until_the_worker_takes_it_up() {
    let (telemetry, _installed) = telemetry();
    let queue = Queue::start();
    let waiting = || sum(&telemetry, "twinkle_queue_depth", &[r#"deployment="Sampler""#]);
    let waited = |seconds: &str| {
        let bucket = format!("le=\"{seconds}\"");
        sum(&telemetry, "twinkle_task_wait_seconds_bucket", &[&bucket, r#"task_type="endless""#])
    };
    let task = || queue.run("session", Kind::Endless);
    let watch = async {
        // The first two have been taken up one after the other, and given up after 100 ms each.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let first = waiting();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        (first, waiting())
    };
    let (.., depths) = tokio::join!(task(), task(), task(), watch);
    assert_eq!(depths, (Some(2.0), Some(1.0)));
    assert_eq!(waiting(), Some(0.0));
    assert_eq!(waited("+Inf"), Some(3.0));
    assert_eq!(sum(&telemetry, "twinkle_tasks_total", &[r#"status="timeout""#]), Some(3.0));
}

#[tokio::test]
async fn a_raw_url_is_no_label() {
    let (telemetry, _installed) = telemetry();
    let service = Service::start(&telemetry).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    for path in ["v1/conversations/conv_1", "v1/conversations/conv_2?a=b", "admin/1", "admin/2"] {
        let url = format!("http://{}/{path}", service.address());
        assert_eq!(http.delete(url).send().await.unwrap().status(), 404);
    }
    assert_eq!(sum(&telemetry, "http_requests_total", &[r#"path="/v1/conversations/{id}""#, r#"status="404""#]), Some(2.0));
    assert_eq!(sum(&telemetry, "http_requests_total", &[r#"path="unmatched""#]), Some(2.0));
}
