//! The pipeline: one call sets up traces, metrics and logs, and the sinks that they go to.
//!
//! Settings come from code, a YAML file and the environment ([`Telemetry`]), sinks write on threads of their own, a [`Guard`] flushes them.
//!
#![doc = include_str!("settings/settings.md")]

mod at_exit;
mod config;
mod emit;
mod ending;
mod event;
mod export;
mod filter;
mod guard;
mod json_lines;
mod log_layer;
mod metrics;
mod opening;
mod processor;
mod provider;
mod settings;
mod signal;
mod signals;
mod sinks;
mod spans;
mod start;
mod start_line;
mod telemetry;
mod traces;
mod worker;

pub use config::{SettingsError, SettingsErrors};
pub use emit::{Events, MetricEmission};
pub use ending::ShutdownReport;
pub use event::Severity;
pub use guard::Guard;
pub use settings::{
    Compression, ConsoleSettings, LogFormat, LogOutput, LogSettings, Otlp, OtlpEndpoint, PrometheusSettings, Protocol,
    QueueSettings, Sampler, Secret, Settings, SpanNames, SqliteSettings,
};
pub use start::StartError;
pub use telemetry::Telemetry;
pub use worker::Losses;
