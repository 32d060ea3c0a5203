//! What can be set, as data.

mod logs;
mod otlp;
mod queue;
mod sampler;
mod secret;
mod sinks;
mod span_names;

use std::{collections::BTreeMap, time::Duration};

use llm_span_contract::{Contracts, MetricSet, MetricSets};

use crate::findings::FindingsSetting;

pub use logs::{LogFormat, LogOutput, LogSettings};
pub use otlp::{Compression, Otlp, OtlpEndpoint, Protocol};
pub use queue::QueueSettings;
pub use sampler::Sampler;
pub use secret::Secret;
pub use sinks::{ConsoleSettings, PrometheusSettings, SqliteSettings};
pub use span_names::SpanNames;

/// All that a [`Telemetry`](super::Telemetry) is set to, once code, file and environment are laid over each other.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Which file they were read from, and which blocks of it, for a line that says so: `config.yaml, observability`, `no file`.
    pub origin: String,
    /// Whether Twinkle's variables alone chose its form: this is one of its workers.
    pub is_twinkle_worker: bool,
    /// Whether there is telemetry at all. Log lines are written in any case.
    pub enabled: bool,
    /// `service.name` of the resource. Empty: `unknown_service:` and the program's name, as OpenTelemetry has it.
    pub service_name: String,
    /// Further attributes of the resource, on traces, metrics and logs alike.
    pub resource_attributes: BTreeMap<String, String>,
    /// Which traces are kept.
    pub sampler: Sampler,
    /// Readable lines on standard output: spans, log lines, metric events.
    pub console: Option<ConsoleSettings>,
    /// Spans as JSON lines on standard output.
    pub json_spans: bool,
    /// A file of spans, logs and metric events that SQL reads.
    pub sqlite: Option<SqliteSettings>,
    /// Where traces, metrics and logs are sent to by OTLP.
    pub otlp: Otlp,
    /// Metrics for Prometheus to scrape.
    pub prometheus: Option<PrometheusSettings>,
    /// How often metrics are sent, or dumped to the console.
    pub export_interval: Duration,
    /// The contracts that LLM spans are held to.
    pub contracts: Contracts,
    /// What becomes of violations.
    pub findings: FindingsSetting,
    /// The metrics that are derived from spans; `None`: those that come with the contracts.
    pub metric_sets: Option<MetricSets>,
    /// Metrics of the program's own, derived beside those: neither a file nor the environment takes them away.
    pub own_metrics: Vec<MetricSet>,
    /// What model calls are called when they are exported.
    pub span_names: SpanNames,
    /// Which spans are measured and exported: a level, or levels by target, `info,h2=off`. LLM spans are in any case.
    pub span_filter: String,
    /// How the program's own log lines are written.
    pub logs: LogSettings,
    /// How much waits for a sink, and for how long.
    pub queue: QueueSettings,
    /// How long the end of the program waits for sinks, all of them together.
    pub shutdown_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origin: String::new(),
            is_twinkle_worker: false,
            enabled: true,
            service_name: String::new(),
            resource_attributes: BTreeMap::new(),
            sampler: Sampler::Always,
            console: None,
            json_spans: false,
            sqlite: None,
            otlp: Otlp::default(),
            prometheus: None,
            export_interval: Duration::from_secs(60),
            contracts: Contracts::default(),
            findings: FindingsSetting::default(),
            metric_sets: None,
            own_metrics: Vec::new(),
            span_names: SpanNames::default(),
            span_filter: "info".into(),
            logs: LogSettings::default(),
            queue: QueueSettings::default(),
            shutdown_timeout: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// Whether any sink of traces, metrics or logs is set.
    pub fn has_sinks(&self) -> bool {
        self.console.is_some() || self.json_spans || self.sqlite.is_some() || self.otlp.is_set() || self.prometheus.is_some()
    }
}
