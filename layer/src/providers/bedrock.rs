//! The shape of Amazon Bedrock's Converse.

use serde_json::Value;

use super::{
    number::{Number, told},
    text::first,
};
use crate::usage::{Report, Response, TokenKind, Usage};

pub(super) fn read(value: &Value) -> Report<'_> {
    // An event of a stream stands below its name, or is what the event's payload is.
    let reason = first([&value["stopReason"], &value["messageStop"]["stopReason"]]);
    let details = reason.map_or_else(Response::default, |reason| Response::default().finish_reason_of(0, reason));
    let groups = [&value["usage"], &value["metadata"]["usage"]];
    Report::new(groups.into_iter().find(|group| group.is_object()).and_then(usage), details)
}

fn usage(group: &Value) -> Option<Usage> {
    let usage = Number::of(&group["inputTokens"]).record(Usage::default(), TokenKind::Prompt);
    let usage = Number::of(&group["outputTokens"]).record(usage, TokenKind::Completion);
    let usage = Number::of(&group["cacheReadInputTokens"]).record(usage, TokenKind::CacheRead);
    let usage = Number::of(&group["cacheWriteInputTokens"]).record(usage, TokenKind::CacheWrite);
    told(usage.with_cache_in_prompt())
}
