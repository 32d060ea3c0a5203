//! A response as a stream of named, numbered events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Draft;
use crate::provider::{
    answer::named_event,
    error::ApiError,
    reply::{fragments, words},
};

pub(super) fn all(draft: &Draft<'_>) -> Vec<Bytes> {
    let state = |kind: &str, response: Value| json!({ "type": kind, "response": response });
    let mut events = vec![
        state("response.created", draft.in_state("in_progress")),
        state("response.in_progress", draft.in_state("in_progress")),
    ];
    for (index, item) in draft.output.iter().enumerate() {
        let begun = if item["type"] == "message" { begun_message(item) } else { begun_call(item) };
        events.push(json!({ "type": "response.output_item.added", "output_index": index, "item": begun }));
        events.extend(if item["type"] == "message" { message(index, item) } else { call(index, item) });
        events.push(json!({ "type": "response.output_item.done", "output_index": index, "item": item }));
    }
    events.push(state("response.completed", draft.completed()));
    numbered(events, 0)
}

/// The end of a response that fails after `sent` events.
pub(super) fn failure(draft: &Draft<'_>, sent: usize) -> Vec<Bytes> {
    let error = ApiError::broken();
    let told = json!({ "type": "error", "code": "server_error", "message": error.message(), "param": null });
    numbered(vec![told, json!({ "type": "response.failed", "response": draft.failed(&error) })], sent)
}

fn numbered(events: Vec<Value>, first: usize) -> Vec<Bytes> {
    let number = |(number, mut event): (usize, Value)| {
        event["sequence_number"] = number.into();
        named_event(&event)
    };
    (first..).zip(events).map(number).collect()
}

fn begun_message(item: &Value) -> Value {
    let mut begun = item.clone();
    begun["status"] = "in_progress".into();
    begun["content"] = json!([]);
    begun
}

fn begun_call(item: &Value) -> Value {
    let mut begun = item.clone();
    begun["status"] = "in_progress".into();
    begun["arguments"] = "".into();
    begun
}

fn message(index: usize, item: &Value) -> Vec<Value> {
    let part = &item["content"][0];
    let text = part["text"].as_str().unwrap_or_default();
    let event = |kind: &str, name: &str, value: Value| json!({ "type": kind, "item_id": item["id"], "output_index": index, "content_index": 0, name: value });
    let empty = json!({ "type": "output_text", "text": "", "annotations": [], "logprobs": [] });
    let mut events = vec![event("response.content_part.added", "part", empty)];
    let with_logprobs = |mut event: Value| {
        event["logprobs"] = json!([]);
        event
    };
    events.extend(words(text).map(|word| with_logprobs(event("response.output_text.delta", "delta", word.into()))));
    events.push(with_logprobs(event("response.output_text.done", "text", text.into())));
    events.push(event("response.content_part.done", "part", part.clone()));
    events
}

fn call(index: usize, item: &Value) -> Vec<Value> {
    let arguments = item["arguments"].as_str().unwrap_or_default();
    let event =
        |kind: &str, name: &str, value: Value| json!({ "type": kind, "item_id": item["id"], "output_index": index, name: value });
    let pieces = fragments(arguments).into_iter();
    let deltas = pieces.map(|piece| event("response.function_call_arguments.delta", "delta", piece.into()));
    let mut events: Vec<_> = deltas.collect();
    let mut done = event("response.function_call_arguments.done", "arguments", arguments.into());
    done["name"] = item["name"].clone();
    events.push(done);
    events
}
