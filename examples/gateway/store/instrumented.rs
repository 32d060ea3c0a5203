//! A store whose operations are spans, of which its metrics are derived.

use async_trait::async_trait;
use tracing::{Instrument as _, Span, field::Empty, info_span};

use super::{Addition, Conversation, ConversationStore, StoreError};

/// A store whose operations are spans.
pub(crate) struct InstrumentedStore<S>(S);

impl<S> InstrumentedStore<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self(inner)
    }
}

// The name of a span is part of its callsite: a function can't be given one.
macro_rules! operation {
    ($name:literal, $backend:expr, $id:expr) => {
        info_span!(
            $name,
            conversation.id = $id,
            conversation.backend = $backend,
            conversation.message_count = Empty,
            conversation.model = Empty,
            error.type = Empty,
            otel.status_code = Empty
        )
    };
}

#[async_trait]
impl<S: ConversationStore> ConversationStore for InstrumentedStore<S> {
    fn backend(&self) -> &'static str {
        self.0.backend()
    }

    async fn get(&self, owner: Option<&str>, id: &str) -> Result<Conversation, StoreError> {
        let span = operation!("conversation.get", self.backend(), id);
        let got = told(&span, self.0.get(owner, id)).await;
        if let Ok(conversation) = &got {
            tell(&span, Some(&conversation.model), conversation.messages.len());
        }
        got
    }

    async fn create(&self, conversation: Conversation) -> Result<(), StoreError> {
        let span = operation!("conversation.create", self.backend(), conversation.id);
        tell(&span, Some(&conversation.model), conversation.messages.len());
        told(&span, self.0.create(conversation)).await
    }

    async fn append(&self, id: &str, addition: Addition) -> Result<(), StoreError> {
        let span = operation!("conversation.append", self.backend(), id);
        tell(&span, None, addition.messages.len());
        told(&span, self.0.append(id, addition)).await
    }

    async fn delete(&self, owner: Option<&str>, id: &str) -> Result<(), StoreError> {
        let span = operation!("conversation.delete", self.backend(), id);
        told(&span, self.0.delete(owner, id)).await
    }

    async fn list(&self, owner: Option<&str>, after: Option<&str>, limit: usize) -> Result<Vec<Conversation>, StoreError> {
        let span = operation!("conversation.list", self.backend(), Empty);
        told(&span, self.0.list(owner, after, limit)).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.0.count().await
    }
}

/// How many messages it has read or written. An integer that is not `i64` would be exported as text.
fn tell(span: &Span, model: Option<&str>, messages: usize) {
    span.record("conversation.message_count", i64::try_from(messages).unwrap_or(i64::MAX));
    span.record("conversation.model", model);
}

/// With `error.type` the operation counts as an error. A trace shows one only where the store has failed: who asks for what is not
/// there has got a good answer.
async fn told<T>(span: &Span, operation: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let mut ending = Ending { span, has_ended: false };
    let result = operation.instrument(span.clone()).await;
    ending.has_ended = true;
    if let Err(error) = &result {
        span.record("error.type", error.kind());
        if let StoreError::Backend(_) = error {
            span.record("otel.status_code", "ERROR");
        }
    }
    result
}

/// Nobody has waited for the end of the operation: whether it was done is not known, and it does not count as one that was.
struct Ending<'a> {
    span: &'a Span,
    has_ended: bool,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.span.record("error.type", "cancelled");
        }
    }
}
