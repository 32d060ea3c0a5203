//! The files beside the example, which are the gateway document's, as they stand but for where the Collector is.

use crate::collector::Collector;

/// Spans as JSON on standard output.
pub(crate) const STDOUT: &str = include_str!("../../examples/gateway/stdout.yaml");

/// The one of its "Configuration".
pub(crate) fn of_production(collector: &Collector) -> String {
    at(collector, include_str!("../../examples/gateway/config.yaml"))
}

/// The one of its "Test Tracing with Jaeger".
pub(crate) fn of_jaeger(collector: &Collector) -> String {
    at(collector, include_str!("../../examples/gateway/jaeger.yaml"))
}

fn at(collector: &Collector, document: &str) -> String {
    let url = collector.url();
    let address = url.strip_prefix("http://").unwrap();
    assert!(document.contains("localhost:4317"));
    document.replace("localhost:4317", address)
}
