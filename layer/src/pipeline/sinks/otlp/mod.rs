//! OTLP: spans, log lines and metrics to a Collector, by gRPC or HTTP.
//!
//! What is sent, and when it is sent again, is decided here; `opentelemetry-proto` says what a message looks like, tonic and reqwest carry it.
//! The exporters of `opentelemetry-otlp` would do for a program that may lose telemetry: they tell a failure as a text, without the status that
//! decides whether to try again, they log what a Collector has rejected instead of telling it, copy every span for each attempt, and read
//! `OTEL_*` variables beside the settings.

mod answer;
mod backoff;
mod batch;
mod client;
mod delivery;
mod encode;
mod endpoint;
mod grpc;
mod http;
mod log_records;
mod logs;
mod metrics;
mod part;
mod runtime;
mod secrets;
mod signal;
mod tls;
mod traces;
mod wire;

pub(crate) use logs::OtlpLogs;
pub(crate) use metrics::metrics;
pub(crate) use runtime::OtlpRuntime;
pub(crate) use traces::OtlpTraces;
