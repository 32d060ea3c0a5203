//! The metrics' values, dumped as readable lines.

use std::time::Duration;

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};

/// Dumps the values of all metrics, whenever they are collected.
pub(crate) struct MetricDump {}

impl MetricDump {
    /// On standard output.
    pub(crate) fn stdout() -> Self {
        Self {}
    }
}

impl PushMetricExporter for MetricDump {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
