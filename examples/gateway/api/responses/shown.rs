//! A response as clients see it.

use serde_json::{Map, Value, json};

use super::id;
use crate::{
    provider::{Role, TokenUsage},
    store::{Conversation, Status},
};

/// What a response repeats of its request. It is not kept: a response that is asked for by its id shows none of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Echo {
    pub(super) instructions: Option<String>,
    pub(super) max_output_tokens: Option<u32>,
    pub(super) metadata: Map<String, Value>,
    pub(super) store: bool,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
}

impl Echo {
    /// Of a response that was kept.
    pub(super) fn kept() -> Self {
        Self { store: true, ..Self::default() }
    }
}

pub(super) fn response(conversation: &Conversation, echo: &Echo) -> Value {
    let Conversation { id, model, created_at, status, usage, error, previous_response_id, background, .. } = conversation;
    let failure = error.as_ref().filter(|_| *status == Status::Failed);
    let reason = error.as_ref().filter(|_| *status == Status::Incomplete);
    let output = answer(conversation).map(|text| item(id, "completed", &json!([text_part(text)])));
    json!({
        "id": id,
        "object": "response",
        "created_at": created_at,
        "status": status,
        "background": background,
        "error": failure.map(|message| json!({ "code": "server_error", "message": message })),
        "incomplete_details": reason.map(|reason| json!({ "reason": reason })),
        "instructions": echo.instructions,
        "max_output_tokens": echo.max_output_tokens,
        "metadata": echo.metadata,
        "model": model,
        "output": output.as_slice(),
        "parallel_tool_calls": true,
        "previous_response_id": previous_response_id,
        "store": echo.store,
        "temperature": echo.temperature,
        "text": { "format": { "type": "text" } },
        "tool_choice": "auto",
        "tools": [],
        "top_p": echo.top_p,
        "truncation": "disabled",
        "usage": usage.map(tokens),
    })
}

/// The answer is the last message, where there is one.
pub(super) fn answer(conversation: &Conversation) -> Option<&str> {
    let has_answer = matches!(conversation.status, Status::Completed | Status::Incomplete);
    let last = conversation.messages.last().filter(|last| has_answer && last.role == Role::Assistant);
    last.map(|last| last.content.as_str())
}

/// The message that the answer is.
pub(super) fn item(response: &str, status: &str, content: &Value) -> Value {
    json!({ "id": id::of_answer(response), "type": "message", "status": status, "role": "assistant", "content": content })
}

pub(super) fn text_part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
}

/// The provider's traits tell no more; the details are 0, as the API has it where there are none.
fn tokens(usage: TokenUsage) -> Value {
    let TokenUsage { input_tokens, output_tokens } = usage;
    json!({
        "input_tokens": input_tokens,
        "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": output_tokens,
        "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": u64::from(input_tokens) + u64::from(output_tokens),
    })
}
