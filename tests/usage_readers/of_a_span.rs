//! What is read of a response, or chunk by chunk of a stream, is what the call's span carries.

use std::borrow::Cow;

use llm_span::{
    Operation, Report, TokenKind, call,
    contract::{Value, keys},
    record_chunk,
    testing::capture,
};

use crate::documented::{Case, cases};

#[test]
fn what_a_stream_tells_is_recorded_once_it_has_ended() {
    const COUNTS: [(TokenKind, &str); 7] = [
        (TokenKind::Prompt, keys::GEN_AI_USAGE_INPUT_TOKENS),
        (TokenKind::Completion, keys::GEN_AI_USAGE_OUTPUT_TOKENS),
        (TokenKind::CacheRead, keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS),
        (TokenKind::CacheWrite, keys::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS),
        (TokenKind::Reasoning, keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS),
        (TokenKind::AudioPrompt, keys::GEN_AI_USAGE_AUDIO_INPUT_TOKENS),
        (TokenKind::AudioCompletion, keys::GEN_AI_USAGE_AUDIO_OUTPUT_TOKENS),
    ];
    for Case { fixture, format, usage, response } in cases() {
        let calls = capture();
        let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
        for event in fixture.values() {
            record_chunk(format.read(&event));
        }
        guard.succeed(());
        let span = calls.only();
        for (kind, key) in COUNTS {
            let count = usage.and_then(|usage| usage.get(kind)).map(Value::from);
            assert_eq!(span.attribute(key), count, "{}: {key}", fixture.name);
        }
        let text = |text: Option<Cow<'static, str>>| text.map(|text| Value::from(text.into_owned()));
        let reasons = Some(&response.finish_reasons).filter(|reasons| !reasons.is_empty());
        let reasons = reasons.map(|reasons| serde_json::to_string(reasons).unwrap().into());
        assert_eq!(span.attribute(keys::GEN_AI_RESPONSE_ID), text(response.id), "{}", fixture.name);
        assert_eq!(span.attribute(keys::GEN_AI_RESPONSE_MODEL), text(response.model), "{}", fixture.name);
        assert_eq!(span.attribute(keys::GEN_AI_RESPONSE_FINISH_REASONS), text(reasons), "{}", fixture.name);
    }
}

#[test]
fn a_response_of_plain_json_reports_itself() {
    let Case { fixture, usage, response, .. } = cases().remove(0);
    let [value] = <[_; 1]>::try_from(fixture.values()).unwrap();
    assert_eq!(Report::of(&value), Report::new(usage, response));
}
