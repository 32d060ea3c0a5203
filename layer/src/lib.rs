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
//! compile errors. See [`macro@llm_span`] for its arguments, [`call`] for the same without the attribute, [`current_call`] for
//! what only the body knows.
//!
//! A program installs `LlmLayer` (feature `layer`), which checks each call and derives metrics (`OtelMetrics`, feature `otel`), and `JsonLogs` (feature
//! `json`), whose lines carry trace ids. Tests use `testing::capture` (feature `testing`). The contracts themselves are data: see [`contract`].
//!
//! # Features
//!
//! | feature | switches on |
//! |---|---|
//! | none | the macro and the recording of calls, on `tracing` alone |
//! | `layer` | `LlmLayer`, sinks of findings, `doctor` |
//! | `json` | `JsonLogs` |
//! | `otel` | `OtelMetrics`, the ids of OpenTelemetry's spans; includes `layer` |
//! | `serde_json` | [`ReportUsage`] for `serde_json::Value` in the shape of OpenAI's responses |
//! | `testing` | `testing::capture` and its assertions; includes `layer` |
//! | `full` | all of them |

#![forbid(unsafe_code)]

mod call;
mod usage;

#[cfg(any(feature = "json", feature = "layer"))]
mod ids;

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
pub use json::{DroppedLines, JsonKey, JsonLogs};

#[cfg(any(feature = "json", feature = "layer"))]
pub use ids::IdSource;

#[cfg(feature = "layer")]
mod doctor;
#[cfg(feature = "layer")]
mod findings;
mod guard;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "layer")]
mod metrics;
#[cfg(feature = "otel")]
mod otel;
#[cfg(feature = "testing")]
mod report;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "otel")]
pub use otel::OtelMetrics;
#[cfg(feature = "layer")]
pub use {
    doctor::{Diagnosis, Problem, doctor},
    findings::{
        ChosenSink, CollectFindings, CountFindings, FindingSink, FindingsSetting, IgnoreFindings, InvalidSetting, LogFindings,
        SpanFinding,
    },
    layer::{LlmLayer, LlmLayerBuilder},
    metrics::{CounterReader, HistogramFamily, HistogramPoint, Labels, MetricSink},
};

pub use call::{CallBuilder, CallGuard, CallHandle, call, current_call, record_model, record_response, record_usage};
pub use llm_span_contract::{self as contract, Operation, Outcome};
pub use usage::{Count, CountProblem, IntoReport, InvalidCounts, Report, ReportUsage, Response, TokenKind, Usage};

#[doc(inline)]
#[doc = include_str!("call/llm_span.md")]
pub use llm_span_macros::llm_span;

#[doc(hidden)]
pub use call::private as __private;
