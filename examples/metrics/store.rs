//! The conversations, in memory. Each operation is a span `conversation.…`, of which the gateway's metrics are derived.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tracing::{Span, field::Empty, info_span};

/// A label of the store's metrics.
pub(super) const BACKEND: &str = "memory";

/// Conversations by their id, each with its messages.
#[derive(Debug, Default)]
pub(super) struct Store(Mutex<BTreeMap<String, Vec<String>>>);

// The name of a span is part of its callsite: a function can't be given one.
macro_rules! operation {
    ($name:literal, $id:expr) => {
        info_span!(
            $name,
            conversation.id = $id,
            conversation.backend = BACKEND,
            conversation.message_count = Empty,
            error.type = Empty
        )
    };
}

impl Store {
    /// How many there are: what the gauge tells.
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn create(&self, id: &str, messages: Vec<String>) {
        let span = operation!("conversation.create", id);
        span.in_scope(|| {
            count(&span, &messages);
            self.lock().insert(id.to_owned(), messages);
        });
    }

    pub(super) fn get(&self, id: &str) -> Option<Vec<String>> {
        let span = operation!("conversation.get", id);
        span.in_scope(|| {
            let found = self.lock().get(id).cloned();
            found_or_error(&span, found)
        })
    }

    pub(super) fn append(&self, id: &str, message: String) -> Option<()> {
        let span = operation!("conversation.append", id);
        span.in_scope(|| {
            let appended = self.lock().get_mut(id).map(|messages| {
                messages.push(message);
                count(&span, messages);
            });
            found_or_error(&span, appended)
        })
    }

    pub(super) fn delete(&self, id: &str) -> Option<()> {
        let span = operation!("conversation.delete", id);
        span.in_scope(|| {
            let removed = self.lock().remove(id).map(drop);
            found_or_error(&span, removed)
        })
    }

    pub(super) fn list(&self) -> Vec<String> {
        info_span!("conversation.list", conversation.backend = BACKEND).in_scope(|| self.lock().keys().cloned().collect())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An integer that is not `i64` would be exported as text.
fn count(span: &Span, messages: &[String]) {
    span.record("conversation.message_count", i64::try_from(messages.len()).unwrap_or(i64::MAX));
}

/// With `error.type` the operation counts as an error.
fn found_or_error<T>(span: &Span, found: Option<T>) -> Option<T> {
    if found.is_none() {
        span.record("error.type", "not_found");
    }
    found
}
