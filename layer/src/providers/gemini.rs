//! The shape of Gemini and Vertex AI.

use serde_json::Value;

use super::{
    number::{Number, told},
    text::{choices, text},
};
use crate::usage::{Report, Response, TokenKind, Usage};

pub(super) fn read(value: &Value) -> Report<'_> {
    let details = Response { id: text(&value["responseId"]), model: text(&value["modelVersion"]), ..Response::default() };
    let details = choices(details, &value["candidates"], "finishReason");
    let group = &value["usageMetadata"];
    Report::new(Some(group).filter(|group| group.is_object()).and_then(usage), details)
}

fn usage(group: &Value) -> Option<Usage> {
    let prompt = Number::of(&group["promptTokenCount"]);
    let input = prompt.plus(Number::of(&group["toolUsePromptTokenCount"]));
    let thoughts = Number::of(&group["thoughtsTokenCount"]);
    let output = Number::first(group, &["candidatesTokenCount", "responseTokenCount"]).plus(thoughts);
    // A prompt alone does not make the tokens of the tools the whole input.
    let input = if prompt == Number::default() { prompt } else { input };
    let usage = input.record(Usage::default(), TokenKind::Prompt);
    let usage = output.or(none_by_total(group, input)).record(usage, TokenKind::Completion);
    let usage = Number::of(&group["cachedContentTokenCount"]).record(usage, TokenKind::CacheRead);
    let usage = thoughts.record(usage, TokenKind::Reasoning);
    let heard = audio(&group["promptTokensDetails"]).plus(audio(&group["toolUsePromptTokensDetails"]));
    let spoken = audio(&group["candidatesTokensDetails"]).or(audio(&group["responseTokensDetails"]));
    told(spoken.record(heard.record(usage, TokenKind::AudioPrompt), TokenKind::AudioCompletion))
}

/// A count of 0 is left out. Where the total is the input, that of the output was.
fn none_by_total(group: &Value, input: Number) -> Number {
    let total = Number::of(&group["totalTokenCount"]).clean();
    if total.is_some() && total == input.clean() { Number::of(&Value::from(0)) } else { Number::default() }
}

/// The tokens of audio among those told by modality.
fn audio(details: &Value) -> Number {
    let details = details.as_array().into_iter().flatten();
    let audio = details.filter(|part| part["modality"] == "AUDIO");
    audio.fold(Number::default(), |sum, part| sum.plus(Number::of(&part["tokenCount"])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(group: &Value) -> Usage {
        usage(group).unwrap_or_default()
    }

    #[test]
    fn thoughts_are_output_and_the_prompts_of_tools_are_input() {
        let group = json!({ "promptTokenCount": 100, "toolUsePromptTokenCount": 28, "candidatesTokenCount": 14, "thoughtsTokenCount": 50 });
        assert_eq!(of(&group), Usage::new(128, 64).reasoning(50));
    }

    #[test]
    fn thoughts_alone_are_all_the_output() {
        let group = json!({ "promptTokenCount": 128, "thoughtsTokenCount": 64, "totalTokenCount": 192 });
        assert_eq!(of(&group), Usage::new(128, 64).reasoning(64));
    }

    #[test]
    fn no_output_is_a_true_0_only_where_the_total_says_so() {
        assert_eq!(of(&json!({ "promptTokenCount": 128, "totalTokenCount": 128 })), Usage::new(128, 0));
        assert_eq!(of(&json!({ "promptTokenCount": 128, "totalTokenCount": 192 })), Usage::new(128, None::<i64>));
        assert_eq!(of(&json!({ "promptTokenCount": 128 })), Usage::new(128, None::<i64>));
    }

    #[test]
    fn audio_is_found_among_the_modalities() {
        let group = json!({
            "promptTokenCount": 128,
            "candidatesTokenCount": 64,
            "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 8 }, { "modality": "AUDIO", "tokenCount": 120 }],
            "candidatesTokensDetails": [{ "modality": "AUDIO", "tokenCount": 60 }, { "modality": "TEXT", "tokenCount": 4 }],
        });
        assert_eq!(of(&group), Usage::new(128, 64).audio(120, 60));
    }
}
