//! The types of `async-openai` tell what the JSON they are made of tells.

use async_openai::types::{
    chat::{CreateChatCompletionResponse, CreateChatCompletionStreamResponse},
    completions::CreateCompletionResponse,
    embeddings::CreateEmbeddingResponse,
    responses::{Response as ModelResponse, ResponseStreamEvent},
};
use llm_span::{Report, ReportUsage, Response, Usage, WireFormat};
use serde_json::{Value, from_value, json};

use crate::fixture::{Fixture, fixture};

/// What the values of a fixture tell as values of a type.
fn typed<T: ReportUsage>(fixture: Fixture, parse: fn(Value) -> serde_json::Result<T>) -> Report<'static> {
    let mut report = Report::default();
    for value in fixture.values() {
        let typed = parse(value).unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
        report.update(Report::of(&typed));
    }
    report
}

fn tells_the_same<T: ReportUsage>(fixture: Fixture, parse: fn(Value) -> serde_json::Result<T>) {
    let report = typed(fixture, parse);
    assert_eq!(report, fixture.read(WireFormat::OpenAi), "{}", fixture.name);
    assert_ne!(report, Report::default(), "{}", fixture.name);
}

#[test]
fn chat_completions_tell_what_their_json_tells() {
    tells_the_same(fixture!("openai_chat.json"), from_value::<CreateChatCompletionResponse>);
    tells_the_same(fixture!("openai_chat_audio_cached_reasoning.json"), from_value::<CreateChatCompletionResponse>);
    tells_the_same(fixture!("azure_chat.json"), from_value::<CreateChatCompletionResponse>);
    tells_the_same(fixture!("vllm_chat.json"), from_value::<CreateChatCompletionResponse>);
}

#[test]
fn chunks_of_chat_completions_tell_what_their_json_tells() {
    tells_the_same(fixture!("openai_chat_stream.sse"), from_value::<CreateChatCompletionStreamResponse>);
    tells_the_same(fixture!("openai_chat_stream_without_usage.sse"), from_value::<CreateChatCompletionStreamResponse>);
    tells_the_same(fixture!("vllm_chat_stream.sse"), from_value::<CreateChatCompletionStreamResponse>);
}

#[test]
fn completions_tell_what_their_json_tells() {
    tells_the_same(fixture!("openai_completion.json"), from_value::<CreateCompletionResponse>);
}

#[test]
fn responses_tell_what_their_json_tells() {
    tells_the_same(fixture!("openai_responses.json"), from_value::<ModelResponse>);
}

#[test]
fn events_of_responses_tell_what_their_json_tells() {
    tells_the_same(fixture!("openai_responses_stream.sse"), from_value::<ResponseStreamEvent>);
    tells_the_same(fixture!("openai_responses_incomplete_stream.sse"), from_value::<ResponseStreamEvent>);
}

#[test]
fn embeddings_have_a_true_0_of_output() {
    let report = typed(fixture!("openai_embeddings.json"), from_value::<CreateEmbeddingResponse>);
    assert_eq!(report, Report::new(Usage::input_only(8), Response::default().model("text-embedding-ada-002")));
}

#[test]
fn what_was_written_to_the_cache_is_told() {
    let usage = json!({ "prompt_tokens": 100, "completion_tokens": 1, "total_tokens": 101, "prompt_tokens_details": { "cache_write_tokens": 90 } });
    let response = json!({ "id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [], "usage": usage });
    let response: CreateChatCompletionResponse = from_value(response).unwrap();
    assert_eq!(response.usage(), Some(Usage::new(100, 1).cache_write(90)));
}
