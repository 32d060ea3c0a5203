//! Telemetry of LLM calls that is checked: by the compiler, by tests, and while the program runs.
//!
//! Annotate the function that calls a model:
//!
//! ```
//! use llm_span::{ReportUsage, Usage, llm_span};
//!
//! struct Answer {
//!     text: String,
//!     tokens_in: u32,
//!     tokens_out: u32,
//! }
//!
//! impl ReportUsage for Answer {
//!     fn usage(&self) -> Option<Usage> {
//!         Some(Usage::new(self.tokens_in, self.tokens_out))
//!     }
//! }
//!
//! #[llm_span(operation = "chat", provider = "openai", model = model)]
//! async fn complete(model: &str, prompt: &str) -> Result<Answer, std::io::Error> {
//!     // … ask the model …
//! #   Ok(Answer { text: prompt.to_owned(), tokens_in: 128, tokens_out: 64 })
//! }
//! ```
//!
//! Its span carries the attributes of the AMTP contract and of the OpenTelemetry GenAI conventions, and ends truthfully: `ok`,
//! `error`, `cancelled`, `panic`. A missing argument, a type that the contract refuses, a response of which no usage is known are
//! compile errors. See [`macro@llm_span`] for its arguments, [`call`] for calls without the attribute, [`current_call`] for
//! what only the body knows.
//!
//! A program installs `LlmLayer` (feature `layer`), which checks each call and derives metrics (`OtelMetrics`, feature `otel`), and `JsonLogs` (feature
//! `json`), whose lines carry trace ids. Tests use `testing::capture` (feature `testing`). The contracts themselves are data: see [`contract`].
//!
//! Metrics are rules, `contract::Metric`, in sets that are chosen by name, `contract::MetricSets`: `contract::MetricBuilder` shows how to write one, the page `metric_sets` has the tables of the built-in ones, `Prometheus` (feature
//! `prometheus`) serves them.
//!
//! # Features
//!
//! | feature | switches on |
//! |---|---|
//! | none | the macro and the recording of calls, on `tracing` alone |
//! | `stream` | the macro on functions that return streams |
//! | `layer` | `LlmLayer`, sinks of findings, `doctor` |
//! | `json` | `JsonLogs` |
//! | `otel` | `OtelMetrics`, the ids of OpenTelemetry's spans, `CarryCorrelation`; includes `layer` |
//! | `prometheus` | `Prometheus`: metrics for Prometheus to scrape, as a service for axum, hyper and others; includes `layer` |
//! | `prometheus-listener` | `Prometheus::listener`, which serves them by a thread of its own; includes `prometheus` |
//! | `pipeline` | `Telemetry`: sets up traces, metrics and logs, with sinks of this process; includes `json`, `otel`, `prometheus-listener` |
//! | `otlp` | its OTLP sink, by gRPC and HTTP, with TLS; includes `pipeline` |
//! | `sqlite` | its SQLite sink, and `store`, which reads the file back; includes `pipeline` |
//! | `propagation` | `propagation`: trace context, baggage and ids of requests, in and out, by layers of `tower` and helpers; includes `otel` |
//! | `reqwest` | the same for requests of the `reqwest` crate; includes `propagation` |
//! | `serde_json` | `WireFormat`: the usage in the JSON that providers send, complete or streamed; [`ReportUsage`] for `serde_json::Value` |
//! | `testing` | `testing::capture` and its assertions; includes `layer` |
//! | `full` | all of these |
//! | `async-openai` | [`ReportUsage`] for the types of async-openai 0.43; not in `full`, since it takes that crate |
//! | `genai` | [`ReportUsage`] for the types of genai 0.7; not in `full`, since it takes that crate and its clients |

#![forbid(unsafe_code)]

mod call;
mod content;
mod correlation;
mod guard;
mod json_text;
mod once;
mod phase;
mod prices;
mod usage;

#[cfg(any(feature = "async-openai", feature = "genai"))]
mod clients;
#[cfg(feature = "serde_json")]
mod providers;
#[cfg(feature = "serde_json")]
pub use providers::WireFormat;

#[cfg(any(feature = "json", feature = "layer"))]
mod ids;

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
pub use json::{DroppedLines, JsonKey, JsonLogs};

#[cfg(any(feature = "json", feature = "layer"))]
pub use ids::IdSource;

#[cfg(feature = "otel")]
mod carry;
#[cfg(feature = "layer")]
mod doctor;
#[cfg(feature = "layer")]
mod findings;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "layer")]
mod metrics;
/// The metrics of each set: what they measure, their labels, what Prometheus calls them.
#[cfg(all(doc, feature = "layer"))]
#[doc = include_str!("metrics/sets.md")]
pub mod metric_sets {}
#[cfg(feature = "otel")]
mod otel;
#[cfg(feature = "pipeline")]
pub mod pipeline;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(feature = "propagation")]
pub mod propagation;
#[cfg(feature = "testing")]
mod report;
#[cfg(feature = "sqlite")]
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "pipeline")]
pub use pipeline::Telemetry;
#[cfg(feature = "prometheus")]
pub use prometheus::{Exposition, Prometheus, PrometheusBuilder};
#[cfg(feature = "prometheus-listener")]
pub use prometheus::{ListenError, Listening, PrometheusListener};
#[cfg(feature = "otel")]
pub use {carry::CarryCorrelation, otel::OtelMetrics};
#[cfg(feature = "layer")]
pub use {
    doctor::{Diagnosis, Problem, doctor},
    findings::{
        ChosenSink, CollectFindings, CountFindings, FindingSink, FindingsSetting, IgnoreFindings, InvalidSetting, LogFindings,
        SpanFinding,
    },
    layer::{LlmLayer, LlmLayerBuilder},
    metrics::{
        Announced, CollectMetricEvents, Exemplar, GaugeError, Gauges, HistogramFamily, HistogramPoint, Labels, MetricEvent,
        MetricEvents, MetricSink, Number, Pending, Read, Reader,
    },
};

pub use call::{
    CallBuilder, CallGuard, CallHandle, InCall, OpenCall, Returned, TextList, agent, call, current_call, estimate_usage,
    record_chunk, record_model, record_response, record_usage, tool, workflow,
};
pub use content::{ContentCapture, ContentMode, messages, system_instructions};
pub use correlation::{Correlation, CorrelationFuture};
pub use llm_span_contract::{self as contract, Operation, Outcome};
pub use phase::{PhaseFuture, inference, inference_sync, response_parse, response_parse_async};
pub use prices::{Price, PriceError, Prices};
pub use usage::{Count, CountProblem, IntoReport, InvalidCounts, Report, ReportUsage, Response, TokenKind, Usage};

#[doc(inline)]
#[doc = include_str!("call/llm_span.md")]
#[doc = include_str!("call/shapes.md")]
pub use llm_span_macros::llm_span;

#[doc(hidden)]
pub use call::private as __private;
