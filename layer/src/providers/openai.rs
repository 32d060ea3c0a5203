//! The shape of OpenAI, and of all that speak like it.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    number::{Number, told},
    text::{choices, text},
};
use crate::usage::{Report, Response, TokenKind, Usage};

/// Where the parts of input and of output stand: chat completions, responses, transcriptions and the realtime events.
const INPUT: [&str; 3] = ["prompt_tokens_details", "input_tokens_details", "input_token_details"];
const OUTPUT: [&str; 3] = ["completion_tokens_details", "output_tokens_details", "output_token_details"];

/// The states in which a response of the responses API has ended.
const ENDED: [&str; 4] = ["completed", "incomplete", "failed", "cancelled"];

pub(super) fn read(value: &Value) -> Report<'_> {
    // The events of the responses API carry the response.
    let response = &value["response"];
    let (value, is_response) = if response.is_object() { (response, true) } else { (value, value["object"] == "response") };
    let details = Response { id: text(&value["id"]), model: text(&value["model"]), ..Response::default() };
    let details = choices(details, &value["choices"], "finish_reason");
    let details = match ended(value).filter(|_| is_response) {
        Some(reason) => details.finish_reason_of(0, reason),
        None => details,
    };
    // Groq told the usage of a stream there alone.
    let groups = [&value["usage"], &value["x_groq"]["usage"]];
    Report::new(groups.into_iter().find(|group| group.is_object()).and_then(usage), details)
}

/// Why a response of the responses API has ended.
fn ended(value: &Value) -> Option<Cow<'_, str>> {
    let status = text(&value["status"]).filter(|status| ENDED.contains(&status.as_ref()))?;
    text(&value["incomplete_details"]["reason"]).or(Some(status))
}

fn usage(group: &Value) -> Option<Usage> {
    let part = |groups: [&str; 3], name: &str| {
        groups.iter().fold(Number::default(), |part, details| part.or(Number::of(&group[*details][name])))
    };
    let reasoning = part(OUTPUT, "reasoning_tokens");
    let prompt = Number::first(group, &["prompt_tokens", "input_tokens"]);
    let completion = Number::first(group, &["completion_tokens", "output_tokens"]);
    let usage = prompt.record(Usage::default(), TokenKind::Prompt);
    let usage = with_reasoning(group, prompt, completion, reasoning).record(usage, TokenKind::Completion);
    let cached = part(INPUT, "cached_tokens").or(Number::first(group, &["prompt_cache_hit_tokens", "cached_tokens"]));
    let usage = cached.record(usage, TokenKind::CacheRead);
    let usage = part(INPUT, "cache_write_tokens").record(usage, TokenKind::CacheWrite);
    let usage = reasoning.record(usage, TokenKind::Reasoning);
    let usage = part(INPUT, "audio_tokens").record(usage, TokenKind::AudioPrompt);
    told(part(OUTPUT, "audio_tokens").record(usage, TokenKind::AudioCompletion))
}

/// The completion with its reasoning. xAI tells them apart; that they are is seen by the total, which has all three.
fn with_reasoning(group: &Value, prompt: Number, completion: Number, reasoning: Number) -> Number {
    let whole = completion.plus(reasoning);
    let total = Number::of(&group["total_tokens"]).clean();
    let is_apart =
        reasoning.clean().is_some_and(|reasoning| reasoning > 0) && total.is_some() && prompt.plus(whole).clean() == total;
    if is_apart { whole } else { completion }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reasoning_that_the_total_has_beside_the_completion_is_output() {
        let details = json!({ "reasoning_tokens": 300 });
        let apart = json!({ "usage": { "prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 341, "completion_tokens_details": details } });
        assert_eq!(read(&apart).usage, Some(Usage::new(32, 309).reasoning(300)));
        let within = json!({ "usage": { "prompt_tokens": 32, "completion_tokens": 309, "total_tokens": 341, "completion_tokens_details": details } });
        assert_eq!(read(&within).usage, Some(Usage::new(32, 309).reasoning(300)));
    }

    #[test]
    fn a_response_under_way_has_no_finish_reason() {
        let created =
            json!({ "type": "response.created", "response": { "id": "resp_1", "status": "in_progress", "usage": null } });
        assert_eq!(read(&created), Report::new(None, Response::default().id("resp_1")));
    }

    #[test]
    fn the_status_of_what_is_no_response_is_no_finish_reason() {
        assert_eq!(read(&json!({ "object": "video", "status": "completed" })).response, Response::default());
    }

    #[test]
    fn choices_that_end_in_different_chunks_keep_their_places() {
        let mut report = Report::default();
        for (index, reason) in [(1, json!("length")), (0, json!(null)), (0, json!("stop"))] {
            report.update(read(&json!({ "choices": [{ "index": index, "finish_reason": reason }] })));
        }
        assert_eq!(report.response.finish_reasons, ["stop", "length"]);
    }
}
