//! Plain JSON that reports its usage by itself.

use serde_json::Value;

use super::WireFormat;
use crate::usage::{Report, ReportUsage, Response, Usage};

/// Read as [`WireFormat::OpenAi`]: chat completions, responses, embeddings, and the events of their streams. For other shapes say
/// which: `usage = |r| WireFormat::Anthropic.read(r)`.
///
/// What is missing is absent; what stands in its place and is no count is told: see [`Usage::invalid`].
///
/// ```
/// use llm_span::{ReportUsage, Usage};
///
/// let response = serde_json::json!({ "usage": { "prompt_tokens": 128, "completion_tokens": 64 } });
/// assert_eq!(response.usage(), Some(Usage::new(128, 64)));
/// assert_eq!(serde_json::json!({ "usage": null }).usage(), None);
/// ```
impl ReportUsage for Value {
    fn usage(&self) -> Option<Usage> {
        read(self).usage
    }

    fn response(&self) -> Response<'_> {
        read(self).response
    }
}

fn read(value: &Value) -> Report<'_> {
    WireFormat::OpenAi.read(value)
}
