//! The shape of Cohere's API, version 2.

use serde_json::Value;

use super::{
    number::{Number, told},
    text::{first, text},
};
use crate::usage::{Report, Response, TokenKind, Usage};

pub(super) fn read(value: &Value) -> Report<'_> {
    let delta = &value["delta"];
    let details = Response { id: text(&value["id"]), model: text(&value["model"]), ..Response::default() };
    let details = match first([&value["finish_reason"], &delta["finish_reason"]]) {
        Some(reason) => details.finish_reason_of(0, reason),
        None => details,
    };
    // Embeddings have it in `meta`.
    let groups = [&value["usage"], &delta["usage"], &value["meta"]];
    Report::new(groups.into_iter().find(|group| group.is_object()).and_then(usage), details)
}

/// What is billed holds before what was processed, which has the tokens of Cohere's own instructions too.
fn usage(group: &Value) -> Option<Usage> {
    let count = |name: &str| Number::of(&group["billed_units"][name]).or(Number::of(&group["tokens"][name]));
    let usage = count("input_tokens").record(Usage::default(), TokenKind::Prompt);
    let usage = count("output_tokens").record(usage, TokenKind::Completion);
    told(Number::of(&group["cached_tokens"]).record(usage, TokenKind::CacheRead))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_billed_holds_before_what_was_processed_count_by_count() {
        let tokens = json!({ "input_tokens": 220, "output_tokens": 64 });
        let both = json!({ "usage": { "billed_units": { "input_tokens": 128.0 }, "tokens": tokens } });
        assert_eq!(read(&both).usage, Some(Usage::new(128, 64)));
        let broken = json!({ "usage": { "billed_units": { "input_tokens": -1 }, "tokens": tokens } });
        assert_eq!(read(&broken).usage, Some(Usage::new(-1, 64)), "another count is not taken for it");
    }
}
