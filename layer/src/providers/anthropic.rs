//! The shape of Anthropic's messages.

use serde_json::Value;

use super::{
    number::{Number, told},
    text::{first, text},
};
use crate::usage::{Report, Response, TokenKind, Usage};

pub(super) fn read(value: &Value) -> Report<'_> {
    // `message_start` carries the message; `message_delta` has its usage beside it and the reason below it.
    let message = if value["message"].is_object() { &value["message"] } else { value };
    let details = Response { id: text(&message["id"]), model: text(&message["model"]), ..Response::default() };
    let details = match first([&message["stop_reason"], &value["delta"]["stop_reason"]]) {
        Some(reason) => details.finish_reason_of(0, reason),
        None => details,
    };
    let groups = [&message["usage"], &value["usage"]];
    Report::new(groups.into_iter().find(|group| group.is_object()).and_then(usage), details)
}

/// Each snapshot is made whole by itself; one without the cache, as a `message_delta` may be, with the cache of those before it.
fn usage(group: &Value) -> Option<Usage> {
    let written = &group["cache_creation"];
    let written = Number::of(&written["ephemeral_5m_input_tokens"]).plus(Number::of(&written["ephemeral_1h_input_tokens"]));
    let usage = Number::of(&group["input_tokens"]).record(Usage::default(), TokenKind::Prompt);
    let usage = Number::of(&group["output_tokens"]).record(usage, TokenKind::Completion);
    let usage = Number::of(&group["cache_read_input_tokens"]).record(usage, TokenKind::CacheRead);
    let usage = Number::of(&group["cache_creation_input_tokens"]).or(written).record(usage, TokenKind::CacheWrite);
    let usage = Number::of(&group["output_tokens_details"]["thinking_tokens"]).record(usage, TokenKind::Reasoning);
    told(usage.with_cache_in_prompt())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(events: &[Value]) -> Report<'static> {
        events.iter().fold(Report::default(), |mut report, event| {
            report.update(read(event));
            report
        })
    }

    #[test]
    fn a_delta_that_repeats_the_input_without_the_cache_keeps_the_cache() {
        let start = json!({ "type": "message_start", "message": { "usage": {
            "input_tokens": 3, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 1 } } });
        let delta = json!({ "type": "message_delta", "usage": { "input_tokens": 3, "output_tokens": 64 } });
        let usage = Usage::new(123, 64).cache_read(100).cache_write(20);
        assert_eq!(merged(&[start.clone(), delta.clone()]).usage, Some(usage));
        assert_eq!(merged(&[start, delta.clone(), delta]).usage, Some(usage));
    }

    #[test]
    fn a_delta_that_alone_tells_the_input_is_enough() {
        let start = json!({ "type": "message_start", "message": { "usage": { "input_tokens": 0, "output_tokens": 0 } } });
        let delta = json!({ "type": "message_delta", "usage": { "input_tokens": 28, "cache_read_input_tokens": 100, "output_tokens": 64 } });
        assert_eq!(merged(&[start, delta]).usage, Some(Usage::new(128, 64).cache_read(100)));
    }

    #[test]
    fn a_cache_told_by_its_lifetimes_alone_is_added_up() {
        let cache = json!({ "ephemeral_5m_input_tokens": 456, "ephemeral_1h_input_tokens": 100 });
        let message = json!({ "usage": { "input_tokens": 1, "output_tokens": 2, "cache_creation": cache } });
        assert_eq!(read(&message).usage, Some(Usage::new(557, 2).cache_write(556)));
    }
}
