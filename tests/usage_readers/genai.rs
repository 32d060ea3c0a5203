//! The types of `genai` tell what they hold.

use genai::{
    chat::{ChatResponse, ChatStreamEvent, StreamChunk, StreamEnd},
    embed::EmbedResponse,
};
use llm_span::{Report, ReportUsage, Response, Usage};
use serde_json::{Value, json};

fn usage() -> Value {
    json!({
        "prompt_tokens": 128,
        "prompt_tokens_details": { "cached_tokens": 100, "cache_creation_tokens": 20, "audio_tokens": 5 },
        "completion_tokens": 64,
        "completion_tokens_details": { "reasoning_tokens": 32, "audio_tokens": 7 },
        "total_tokens": 192,
    })
}

fn counts() -> Usage {
    Usage::new(128, 64).cache_read(100).cache_write(20).reasoning(32).audio(5, 7)
}

/// That crate reads names from text only, not from a value.
fn model(name: &str) -> Value {
    json!({ "adapter_kind": "Anthropic", "model_name": name })
}

fn response(usage: &Value) -> ChatResponse {
    let response = json!({
        "content": [],
        "model_iden": model("claude-sonnet-4-5"),
        "provider_model_iden": model("claude-sonnet-4-5-20250929"),
        "stop_reason": { "ToolCall": "tool_use" },
        "usage": usage,
        "response_id": "msg_1",
    });
    serde_json::from_str(&response.to_string()).unwrap()
}

#[test]
fn a_response_tells_its_counts_id_model_and_reason_as_the_provider_names_it() {
    let details = Response::default().id("msg_1").model("claude-sonnet-4-5-20250929").finish_reason("tool_use");
    assert_eq!(Report::of(&response(&usage())), Report::new(counts(), details));
}

#[test]
fn a_response_without_counts_tells_none() {
    assert_eq!(response(&json!({})).usage(), None);
}

#[test]
fn counts_below_0_are_told_as_such() {
    let told = response(&json!({ "prompt_tokens": -1, "completion_tokens": 64 })).usage().unwrap();
    assert_eq!((told.prompt, told.completion, told.invalid.to_string()), (None, Some(64), "prompt is negative".to_owned()));
}

#[test]
fn a_stream_tells_its_usage_at_its_end() {
    let end =
        json!({ "captured_usage": usage(), "captured_stop_reason": { "Completed": "stop" }, "captured_response_id": "resp_1" });
    let end: StreamEnd = serde_json::from_str(&end.to_string()).unwrap();
    let chunk = StreamChunk { content: "Hello".to_owned() };
    let mut report = Report::default();
    for event in [ChatStreamEvent::Start, ChatStreamEvent::Chunk(chunk), ChatStreamEvent::Heartbeat] {
        report.update(Report::of(&event));
    }
    assert_eq!(report, Report::default());
    report.update(Report::of(&ChatStreamEvent::End(end)));
    assert_eq!(report, Report::new(counts(), Response::default().id("resp_1").finish_reason("stop")));
}

#[test]
fn a_stream_of_which_nothing_was_captured_tells_nothing() {
    assert_eq!(Report::of(&ChatStreamEvent::End(StreamEnd::default())), Report::default());
}

#[test]
fn embeddings_have_a_true_0_of_output() {
    let response = json!({
        "embeddings": [],
        "model_iden": model("text-embedding-3-small"),
        "provider_model_iden": model("text-embedding-3-small"),
        "usage": { "prompt_tokens": 8, "total_tokens": 8 },
    });
    let response: EmbedResponse = serde_json::from_str(&response.to_string()).unwrap();
    let expected = Report::new(Usage::input_only(8), Response::default().model("text-embedding-3-small"));
    assert_eq!(Report::of(&response), expected);
}
