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

pub use call::{CallBuilder, CallGuard, CallHandle, call, current_call, record_model, record_response, record_usage};
pub use llm_span_contract::{self as contract, Operation, Outcome};
pub use usage::{Count, IntoReport, Report, ReportUsage, Response, Usage};

#[doc(hidden)]
pub use call::private as __private;
