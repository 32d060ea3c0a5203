//! A chat as a stream: the role first, then deltas, the finish reason, the usage if it was asked for, and `[DONE]`.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Head, finish_reason, usage};
use crate::provider::{
    answer::{Answer, event},
    reply::{Call, Reply, Said, Tokens, fragments, words},
};

pub(super) fn stream(head: &Head, reply: &Reply, include_usage: bool, tells_usage: bool) -> Answer {
    let mut deltas = Vec::new();
    match &reply.said {
        Said::Text(text) => {
            deltas.push(json!({ "role": "assistant", "content": "", "refusal": null }));
            deltas.extend(words(text).map(|word| json!({ "content": word })));
        }
        Said::Calls(calls) => {
            deltas.push(json!({ "role": "assistant", "content": null, "refusal": null }));
            deltas.extend(calls.iter().enumerate().flat_map(|(index, call)| call_deltas(head, index, call)));
        }
    }
    let tells_usage = tells_usage && include_usage;
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = head.value("chat.completion.chunk");
        chunk["choices"] = choices;
        if tells_usage {
            chunk["usage"] = usage;
        }
        event(&chunk)
    };
    let choice = |delta: Value, finish_reason: Value| {
        let choice = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason }]);
        chunk(choice, Value::Null)
    };
    let mut events: Vec<Bytes> = deltas.into_iter().map(|delta| choice(delta, Value::Null)).collect();
    events.push(choice(json!({}), finish_reason(reply).into()));
    if tells_usage {
        events.push(chunk(json!([]), usage(reply.tokens)));
    }
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    Answer::stream(events, if tells_usage { reply.tokens } else { Tokens::NONE })
}

/// Id and name come once; the arguments come in pieces that only the index tells the call of.
fn call_deltas(head: &Head, index: usize, call: &Call) -> Vec<Value> {
    let delta = |call: Value| json!({ "tool_calls": [call] });
    let function = json!({ "name": call.name, "arguments": "" });
    let first = delta(json!({ "index": index, "id": head.call_id(index), "type": "function", "function": function }));
    let piece = |piece: String| delta(json!({ "index": index, "function": { "arguments": piece } }));
    std::iter::once(first).chain(fragments(&call.arguments).into_iter().map(piece)).collect()
}
