//! Telemetry of LLM calls that is checked.

#[cfg(any(feature = "json", feature = "layer"))]
mod ids;

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
pub use json::JsonLogs;
