//! An answer before it is sent: its parts, how it ends, and the tokens it tells of.

use bytes::Bytes;
use serde_json::Value;

use super::reply::Tokens;

/// What a client is to be sent.
#[derive(Debug)]
pub(super) struct Answer {
    /// One for a whole answer, one an event for a stream.
    pub(super) parts: Vec<Bytes>,
    /// The length a whole answer is announced with.
    pub(super) length: Option<u64>,
    pub(super) end: End,
    /// Those that stand in it.
    pub(super) tokens: Tokens,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// With an error that is told.
    Failed,
    /// With the connection.
    BrokenOff,
}

impl Answer {
    pub(super) fn whole(value: &Value, tokens: Tokens) -> Self {
        let text = value.to_string();
        Self { length: Some(text.len() as u64), parts: vec![text.into()], end: End::Whole, tokens }
    }

    pub(super) fn stream(events: Vec<Bytes>, tokens: Tokens) -> Self {
        Self { parts: events, length: None, end: End::Whole, tokens }
    }

    pub(super) fn failure(value: &Value) -> Self {
        Self { end: End::Failed, ..Self::whole(value, Tokens::NONE) }
    }

    pub(super) fn is_stream(&self) -> bool {
        self.length.is_none()
    }

    /// Ends with the connection, in the middle.
    pub(super) fn break_off(&mut self) {
        self.end = End::BrokenOff;
        if self.is_stream() {
            self.parts.truncate(self.parts.len() / 2);
        } else {
            self.parts.iter_mut().for_each(|part| part.truncate(part.len() / 2));
        }
    }

    /// A stream that ends with these events in the place of its second half.
    pub(super) fn fail_with(&mut self, events: impl FnOnce(usize) -> Vec<Bytes>) {
        self.end = End::Failed;
        let sent = self.parts.len() / 2;
        self.parts.truncate(sent);
        self.parts.extend(events(sent));
    }
}

/// An event without a name, as chats are streamed.
pub(super) fn event(data: &Value) -> Bytes {
    format!("data: {data}\n\n").into()
}

/// An event named by the `type` of its data, as responses are streamed.
pub(super) fn named_event(data: &Value) -> Bytes {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}
