//! A chat as a stream: the role first, then deltas, the finish reason, the usage if it was asked for, and `[DONE]`.

use axum::response::sse::Event;
use serde_json::{Value, json};

use super::{Head, usage};
use crate::{
    api::{
        error::{API_ERROR, ApiError},
        generate::Answer,
        sse::{Events, event},
    },
    provider::{Chunk, ProviderError},
};

pub(super) struct Chunks {
    answer: Answer,
    head: Head,
    include_usage: bool,
    has_begun: bool,
    has_ended: bool,
}

impl Chunks {
    pub(super) fn new(answer: Answer, head: Head, include_usage: bool) -> Self {
        Self { answer, head, include_usage, has_begun: false, has_ended: false }
    }

    fn told(&mut self, chunk: Chunk) -> Vec<Event> {
        let mut events = Vec::new();
        if !std::mem::replace(&mut self.has_begun, true) {
            events.push(self.choice(&json!({ "role": "assistant", "content": "", "refusal": null }), None));
        }
        if !chunk.text.is_empty() {
            events.push(self.choice(&json!({ "content": chunk.text }), None));
        }
        if let Some(reason) = chunk.finish_reason {
            events.push(self.choice(&json!({}), Some(&reason)));
        }
        events
    }

    fn choice(&self, delta: &Value, finish_reason: Option<&str>) -> Event {
        let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason });
        self.chunk(&json!([choice]), &Value::Null)
    }

    fn chunk(&self, choices: &Value, usage: &Value) -> Event {
        let mut chunk = self.head.value("chat.completion.chunk");
        chunk["choices"] = choices.clone();
        if self.include_usage {
            chunk["usage"] = usage.clone();
        }
        event(&chunk)
    }

    /// A provider that tells no usage is not made to have told one.
    fn end(&self) -> Vec<Event> {
        let told = self.answer.usage.filter(|_| self.include_usage);
        let usage = told.map(|told| self.chunk(&json!([]), &usage(told)));
        usage.into_iter().chain([Event::default().data("[DONE]")]).collect()
    }
}

/// An error in the place of a chunk, and no `[DONE]` after it: the status was sent long ago.
fn failure(error: ProviderError) -> Event {
    let ApiError { message, code, .. } = error.into();
    event(&json!({ "error": { "message": message, "type": API_ERROR, "param": null, "code": code } }))
}

impl Events for Chunks {
    async fn next(&mut self) -> Option<Vec<Event>> {
        if self.has_ended {
            return None;
        }
        match self.answer.next().await {
            Some(Ok(chunk)) => Some(self.told(chunk)),
            Some(Err(error)) => {
                self.has_ended = true;
                Some(vec![failure(error)])
            }
            None => {
                self.has_ended = true;
                Some(self.end())
            }
        }
    }
}
