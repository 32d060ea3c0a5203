//! The files of the gateway's document, as they stand there but for where the Collector is.

use crate::collector::Collector;

/// Spans as JSON on standard output.
pub(crate) const STDOUT: &str = include_str!("../pipeline_process/samples/llm-gateway-stdout.yaml");

/// The one of its "Configuration".
pub(crate) fn of_production(collector: &Collector) -> String {
    at(collector, include_str!("../pipeline_process/samples/llm-gateway.yaml"))
}

/// The one of its "Test Tracing with Jaeger".
pub(crate) fn of_jaeger(collector: &Collector) -> String {
    let document = r#"
observability:
  enabled: true
  tracing:
    enabled: true
    sampler:
      type: "probability"
      rate: 1.0  # 100% for testing
    exporter:
      type: "otlp"
      endpoint: "localhost:4317"
      insecure: true
"#;
    at(collector, document)
}

fn at(collector: &Collector, document: &str) -> String {
    let url = collector.url();
    let address = url.strip_prefix("http://").unwrap();
    assert!(document.contains("localhost:4317"));
    document.replace("localhost:4317", address)
}
