//! Usage of a response that is plain JSON in the shape of OpenAI's chat completions.

use serde_json::Value;

use super::{ReportUsage, Response, Usage};

/// Reads the shape of OpenAI's chat completions and embeddings: `usage.prompt_tokens`, `usage.completion_tokens` and their details,
/// `model`, `id`, `choices[].finish_reason`.
///
/// What is missing or no whole number of at least 0 is absent: the contract's check says so.
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
        let usage = self.get("usage")?.as_object()?;
        let count = |name: &str| usage.get(name).and_then(Value::as_u64);
        let detail = |group: &str, name: &str| usage.get(group)?.get(name)?.as_u64();
        Some(
            Usage::new(count("prompt_tokens"), count("completion_tokens"))
                .cache_read(detail("prompt_tokens_details", "cached_tokens"))
                .reasoning(detail("completion_tokens_details", "reasoning_tokens")),
        )
    }

    fn response(&self) -> Response<'_> {
        let text = |name: &str| self.get(name).and_then(Value::as_str);
        let choices = self.get("choices").and_then(Value::as_array).into_iter().flatten();
        let response = Response { model: text("model").map(Into::into), id: text("id").map(Into::into), ..Response::default() };
        choices.filter_map(|choice| choice.get("finish_reason")?.as_str()).fold(response, Response::finish_reason)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_that_are_no_counts_are_absent() {
        for wrong in [json!(-1), json!(1.5), json!("128"), json!(null), json!([1]), json!(1e300)] {
            let response = json!({ "usage": { "prompt_tokens": wrong, "completion_tokens": 64 } });
            assert_eq!(response.usage(), Some(Usage::new(None::<u64>, 64)), "{wrong}");
        }
    }

    #[test]
    fn parts_model_id_and_finish_reasons_are_read() {
        let response = json!({
            "id": "chatcmpl-1",
            "model": "gpt-4o-2024-08-06",
            "choices": [{ "finish_reason": "stop" }, { "finish_reason": null }, { "finish_reason": "length" }],
            "usage": {
                "prompt_tokens": 128,
                "completion_tokens": 64,
                "prompt_tokens_details": { "cached_tokens": 100 },
                "completion_tokens_details": { "reasoning_tokens": 32 },
            },
        });
        assert_eq!(response.usage(), Some(Usage::new(128, 64).cache_read(100).reasoning(32)));
        let details =
            Response::default().model("gpt-4o-2024-08-06").id("chatcmpl-1").finish_reason("stop").finish_reason("length");
        assert_eq!(response.response(), details);
    }
}
