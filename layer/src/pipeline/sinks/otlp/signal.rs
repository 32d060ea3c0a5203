//! What the signals are called where they are sent.

use std::fmt;

pub(super) use crate::pipeline::signal::Signal;

/// Names and paths are those of the [OTLP specification].
///
/// [OTLP specification]: https://opentelemetry.io/docs/specs/otlp/
impl Signal {
    /// What its items are called.
    pub(super) const fn items(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Metrics => "data points",
            Self::Logs => "log lines",
        }
    }

    pub(super) const fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
            Self::Logs => "v1/logs",
        }
    }

    pub(super) const fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }
}

/// As its sink is called in log lines.
impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Traces => "otlp traces",
            Self::Metrics => "otlp metrics",
            Self::Logs => "otlp logs",
        })
    }
}
