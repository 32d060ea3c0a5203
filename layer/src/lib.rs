//! Telemetry of LLM calls that is checked.

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

#[cfg(feature = "serde_json")]
mod value_usage;

#[cfg(feature = "layer")]
mod doctor;
#[cfg(feature = "layer")]
mod findings;
#[cfg(feature = "layer")]
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
        CollectFindings, CountFindings, FindingSink, FindingsSetting, IgnoreFindings, InvalidSetting, LogFindings, SpanFinding,
    },
    layer::{LlmLayer, LlmLayerBuilder},
    metrics::{CounterReader, HistogramFamily, HistogramPoint, Labels, MetricSink},
};

pub use call::{CallBuilder, CallGuard, CallHandle, call, current_call, record_model, record_response, record_usage};
pub use llm_span_contract::{self as contract, Operation, Outcome};
pub use usage::{Count, IntoReport, Report, ReportUsage, Response, Usage};

#[doc(inline)]
#[doc = include_str!("call/llm_span.md")]
pub use llm_span_macros::llm_span;

#[doc(hidden)]
pub use call::private as __private;
