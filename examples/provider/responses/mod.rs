//! `POST /v1/responses`.

mod events;
mod input;

use serde_json::{Value, json};

use super::{
    State,
    answer::Answer,
    chat::{SNAPSHOT, flag},
    error::ApiError,
    models::Model,
    reply::{Reply, Said, Tokens, Tool},
};

/// Answers a request, or tells what is wrong with it.
pub(super) fn respond(request: &Value, state: &State) -> Result<Answer, ApiError> {
    let model = Model::of(request)?;
    if model == Model::Embeds {
        return Err(ApiError::no_chat_model());
    }
    let mut conversation = input::read(request.get("input").ok_or_else(|| ApiError::missing("input"))?)?;
    conversation.tools = Tool::of(request)?;
    let stream = flag(request, "stream")?;
    let (number, created_at) = state.stamp();
    let reply = conversation.reply();
    let draft = Draft { request, output: output(&number, &reply), number, created_at, reply, tells_usage: model.tells_usage() };
    if !stream {
        return Ok(Answer::whole(&draft.completed(), draft.told()));
    }
    let mut answer = Answer::stream(events::all(&draft), draft.told());
    if model == Model::FailsMidway {
        answer.fail_with(|sent| events::failure(&draft, sent));
    }
    Ok(answer)
}

/// A response, of which a stream shows several states.
struct Draft<'a> {
    request: &'a Value,
    number: String,
    created_at: u64,
    reply: Reply,
    output: Vec<Value>,
    tells_usage: bool,
}

impl Draft<'_> {
    fn told(&self) -> Tokens {
        if self.tells_usage { self.reply.tokens } else { Tokens::NONE }
    }

    fn in_state(&self, status: &str) -> Value {
        let asked = |name: &str, default: Value| self.request.get(name).cloned().unwrap_or(default);
        json!({
            "id": format!("resp_{}", self.number),
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "error": null,
            "incomplete_details": null,
            "instructions": asked("instructions", Value::Null),
            "max_output_tokens": asked("max_output_tokens", Value::Null),
            "metadata": asked("metadata", json!({})),
            "model": SNAPSHOT,
            "output": [],
            "parallel_tool_calls": asked("parallel_tool_calls", json!(true)),
            "previous_response_id": null,
            "reasoning": { "effort": null, "summary": null },
            "store": asked("store", json!(true)),
            "temperature": asked("temperature", json!(1.0)),
            "text": { "format": { "type": "text" } },
            "tool_choice": asked("tool_choice", json!("auto")),
            "tools": asked("tools", json!([])),
            "top_p": asked("top_p", json!(1.0)),
            "truncation": "disabled",
            "usage": null,
            "user": null,
        })
    }

    fn completed(&self) -> Value {
        let mut response = self.in_state("completed");
        response["output"] = self.output.clone().into();
        if self.tells_usage {
            let Tokens { prompt, completion } = self.reply.tokens;
            response["usage"] = json!({
                "input_tokens": prompt,
                "input_tokens_details": { "cached_tokens": 0 },
                "output_tokens": completion,
                "output_tokens_details": { "reasoning_tokens": 0 },
                "total_tokens": prompt + completion,
            });
        }
        response
    }

    fn failed(&self, error: &ApiError) -> Value {
        let mut response = self.in_state("failed");
        response["error"] = json!({ "code": "server_error", "message": error.message() });
        response
    }
}

/// The items of a whole response.
fn output(number: &str, reply: &Reply) -> Vec<Value> {
    match &reply.said {
        Said::Text(text) => {
            let content = json!([{ "type": "output_text", "text": text, "annotations": [], "logprobs": [] }]);
            let id = format!("msg_{number}");
            vec![json!({ "id": id, "type": "message", "status": "completed", "role": "assistant", "content": content })]
        }
        Said::Calls(calls) => {
            let call = |(index, call): (usize, &super::reply::Call)| {
                json!({
                    "id": format!("fc_{number}_{index}"),
                    "type": "function_call",
                    "status": "completed",
                    "call_id": format!("call_{number}_{index}"),
                    "name": call.name,
                    "arguments": call.arguments,
                })
            };
            calls.iter().enumerate().map(call).collect()
        }
    }
}
