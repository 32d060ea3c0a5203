//! `POST /v1/chat/completions`.

mod chunks;
mod messages;

use serde_json::{Value, json};

use super::{
    State,
    answer::Answer,
    error::ApiError,
    models::Model,
    reply::{Reply, Said, Tokens, Tool},
};

/// The name of the version that answers, which is not the one that was asked for.
pub(super) const SNAPSHOT: &str = "gpt-4o-2024-08-06";

/// What all chunks of an answer say, and the whole answer too.
struct Head {
    number: String,
    created: u64,
}

impl Head {
    fn value(&self, object: &str) -> Value {
        json!({
            "id": format!("chatcmpl-{}", self.number),
            "object": object,
            "created": self.created,
            "model": SNAPSHOT,
            "service_tier": "default",
            "system_fingerprint": "fp_embedded",
        })
    }

    fn call_id(&self, index: usize) -> String {
        format!("call_{}_{index}", self.number)
    }
}

/// Answers a request, or tells what is wrong with it.
pub(super) fn complete(request: &Value, state: &State) -> Result<Answer, ApiError> {
    let model = Model::of(request)?;
    if model == Model::Embeds {
        return Err(ApiError::no_chat_model());
    }
    let mut conversation = messages::read(request.get("messages").ok_or_else(|| ApiError::missing("messages"))?)?;
    conversation.tools = Tool::of(request)?;
    let stream = flag(request, "stream")?;
    let include_usage = request.get("stream_options").is_some_and(|options| options["include_usage"] == true);
    let (number, created) = state.stamp();
    let (head, reply) = (Head { number, created }, conversation.reply());
    if !stream {
        return Ok(whole(&head, &reply, model.tells_usage()));
    }
    let mut answer = chunks::stream(&head, &reply, include_usage, model.tells_usage());
    if model == Model::FailsMidway {
        answer.fail_with(|_| vec![super::answer::event(&ApiError::broken().body())]);
    }
    Ok(answer)
}

/// A flag that may be absent or null.
pub(super) fn flag(request: &Value, name: &'static str) -> Result<bool, ApiError> {
    match request.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(ApiError::wrong(name, "true or false")),
    }
}

fn whole(head: &Head, reply: &Reply, tells_usage: bool) -> Answer {
    let mut message = json!({ "role": "assistant", "content": null, "refusal": null, "annotations": [] });
    match &reply.said {
        Said::Text(text) => message["content"] = text.as_str().into(),
        Said::Calls(calls) => {
            let call = |(index, call): (usize, &super::reply::Call)| {
                let function = json!({ "name": call.name, "arguments": call.arguments });
                json!({ "id": head.call_id(index), "type": "function", "function": function })
            };
            message["tool_calls"] = calls.iter().enumerate().map(call).collect();
        }
    }
    let mut response = head.value("chat.completion");
    let finish_reason = finish_reason(reply);
    response["choices"] = json!([{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason }]);
    let told = if tells_usage { reply.tokens } else { Tokens::NONE };
    if tells_usage {
        response["usage"] = usage(reply.tokens);
    }
    Answer::whole(&response, told)
}

fn finish_reason(reply: &Reply) -> &'static str {
    match reply.said {
        Said::Text(_) => "stop",
        Said::Calls(_) => "tool_calls",
    }
}

fn usage(tokens: Tokens) -> Value {
    json!({
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
        "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}
