//! A response as a stream of named, numbered events.
//!
//! It is kept when it has ended, completed or failed, before that is told. When the client hangs up all of it is dropped, and nothing
//! is kept: the half of an answer is none to build upon, and whoever asked is gone.

use std::sync::Arc;

use axum::response::sse::Event;
use serde_json::{Value, json};

use super::{
    create, draft, id,
    shown::{self, Echo},
};
use crate::{
    api::{
        error::ApiError,
        generate::Answer,
        sse::{Events, named_event},
    },
    app::App,
    store::{Conversation, Status},
};

pub(super) struct Told {
    app: Arc<App>,
    answer: Answer,
    /// In progress until it has ended.
    conversation: Conversation,
    echo: Echo,
    /// What was said so far.
    text: String,
    /// The number of the next event.
    sequence: u64,
    has_ended: bool,
}

impl Told {
    pub(super) fn new(app: Arc<App>, answer: Answer, conversation: Conversation, echo: Echo) -> Self {
        Self { app, answer, conversation, echo, text: String::new(), sequence: 0, has_ended: false }
    }

    fn event(&mut self, kind: &str, mut data: Value) -> Event {
        data["type"] = kind.into();
        data["sequence_number"] = self.sequence.into();
        self.sequence += 1;
        named_event(&data)
    }

    fn state(&mut self, kind: &str) -> Event {
        let response = shown::response(&self.conversation, &self.echo);
        self.event(kind, json!({ "response": response }))
    }

    /// Of the message that the answer is.
    fn item(&mut self, kind: &str, status: &str, content: &Value) -> Event {
        let item = shown::item(&self.conversation.id, status, content);
        self.event(kind, json!({ "output_index": 0, "item": item }))
    }

    /// Of the text in it.
    fn part(&mut self, kind: &str, name: &str, value: Value) -> Event {
        let mut data = json!({ "item_id": id::of_answer(&self.conversation.id), "output_index": 0, "content_index": 0 });
        data[name] = value;
        if kind.starts_with("response.output_text.") {
            data["logprobs"] = json!([]);
        }
        self.event(kind, data)
    }

    fn begin(&mut self) -> Vec<Event> {
        vec![
            self.state("response.created"),
            self.state("response.in_progress"),
            self.item("response.output_item.added", "in_progress", &json!([])),
            self.part("response.content_part.added", "part", shown::text_part("")),
        ]
    }

    fn delta(&mut self, text: String) -> Vec<Event> {
        if text.is_empty() {
            return Vec::new();
        }
        self.text.push_str(&text);
        vec![self.part("response.output_text.delta", "delta", text.into())]
    }

    async fn end(&mut self) -> Vec<Event> {
        let text = std::mem::take(&mut self.text);
        let part = shown::text_part(&text);
        let mut events = vec![
            self.part("response.output_text.done", "text", text.as_str().into()),
            self.part("response.content_part.done", "part", part.clone()),
            self.item("response.output_item.done", "completed", &json!([part])),
        ];
        let answer = draft::answered(text, self.answer.finish_reason.as_deref(), self.answer.usage);
        draft::append(&mut self.conversation, answer);
        self.keep().await;
        events.push(self.state(match self.conversation.status {
            Status::Incomplete => "response.incomplete",
            _ => "response.completed",
        }));
        events
    }

    async fn fail(&mut self, error: ApiError) -> Vec<Event> {
        draft::append(&mut self.conversation, draft::failed(error.message));
        self.keep().await;
        vec![self.state("response.failed")]
    }

    async fn keep(&mut self) {
        create::keep(&self.app, &self.conversation, &mut self.echo).await;
    }
}

impl Events for Told {
    async fn next(&mut self) -> Option<Vec<Event>> {
        if self.has_ended {
            return None;
        }
        if self.sequence == 0 {
            return Some(self.begin());
        }
        match self.answer.next().await {
            Some(Ok(chunk)) => Some(self.delta(chunk.text)),
            Some(Err(error)) => {
                self.has_ended = true;
                Some(self.fail(error.into()).await)
            }
            None => {
                self.has_ended = true;
                Some(self.end().await)
            }
        }
    }
}
