//! `POST /v1/chat/completions`.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{error::ApiError, models::Model};

/// The name of the version that answers, which is not the one that was asked for.
const SNAPSHOT: &str = "gpt-4o-2024-08-06";
const ANSWER: &str = "Tracing follows one request through a program and notes what each part did and how long it took.";
const ROLES: [&str; 6] = ["developer", "system", "user", "assistant", "tool", "function"];

/// Answers a request, or tells what is wrong with it.
pub(super) fn complete(request: &Value) -> Result<Value, ApiError> {
    let model = request.get("model").ok_or_else(|| ApiError::missing("model"))?;
    let model = model.as_str().ok_or_else(|| ApiError::wrong("model", "a string"))?;
    check_messages(request.get("messages").ok_or_else(|| ApiError::missing("messages"))?)?;
    if request.get("stream").is_some_and(|stream| stream != &Value::Bool(false)) {
        return Err(ApiError::wrong("stream", "false"));
    }
    match Model::by_name(model).ok_or_else(|| ApiError::no_such_model(model))? {
        Model::Answers => Ok(response(Some(usage()))),
        Model::NoUsage => Ok(response(None)),
        Model::RateLimited => Err(ApiError::rate_limited()),
        Model::OutOfQuota => Err(ApiError::out_of_quota()),
        Model::Broken => Err(ApiError::broken()),
    }
}

fn check_messages(messages: &Value) -> Result<(), ApiError> {
    let messages = messages.as_array().filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| ApiError::wrong("messages", "an array of at least one message"))?;
    let known = |message: &Value| message.get("role").and_then(Value::as_str).is_some_and(|role| ROLES.contains(&role));
    // An assistant's message may hold tool calls in place of content.
    let told = |message: &Value| match message.get("content") {
        Some(content) => content.is_string() || content.is_array() || content.is_null(),
        None => message.get("tool_calls").is_some(),
    };
    if messages.iter().all(|message| known(message) && told(message)) {
        Ok(())
    } else {
        Err(ApiError::wrong("messages", "objects with a known `role` and a `content`"))
    }
}

fn response(usage: Option<Value>) -> Value {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut response = json!({
        "id": format!("chatcmpl-{number:012}"),
        "object": "chat.completion",
        "created": created,
        "model": SNAPSHOT,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": ANSWER, "refusal": null, "annotations": [] },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "service_tier": "default",
        "system_fingerprint": "fp_embedded",
    });
    if let Some(usage) = usage {
        response["usage"] = usage;
    }
    response
}

/// The counts of the AMTP document's example, whatever was asked: what a reader sees is what the document has.
fn usage() -> Value {
    json!({
        "prompt_tokens": 128,
        "completion_tokens": 64,
        "total_tokens": 192,
        "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}
