//! What was said before, behind one trait.

mod error;
mod instrumented;
mod memory;
mod sqlite;

use std::num::NonZeroU32;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::provider::{Message, TokenUsage};

pub(crate) use error::StoreError;
pub(crate) use instrumented::InstrumentedStore;
pub(crate) use memory::MemoryStore;
pub(crate) use sqlite::SqliteStore;

/// A store keeps so many conversations unless it is told otherwise; a new one takes the place of the oldest.
pub(crate) const ROOM: NonZeroU32 = NonZeroU32::new(100_000).unwrap();

/// Keeps conversations: each response of the gateway is one, with all that was said before it. An owner sees his own alone: another's is not
/// found.
#[async_trait]
pub(crate) trait ConversationStore: Send + Sync {
    /// What the metrics call it: `memory`, `sqlite`.
    fn backend(&self) -> &'static str;

    async fn get(&self, owner: Option<&str>, id: &str) -> Result<Conversation, StoreError>;

    /// Keeps a new one.
    async fn create(&self, conversation: Conversation) -> Result<(), StoreError>;

    /// Something more was said in one, and it goes on as told. Usage and error stay as they were where nothing is told of them. It is the
    /// gateway that goes on with it, no client: it is asked for no owner.
    async fn append(&self, id: &str, addition: Addition) -> Result<(), StoreError>;

    async fn delete(&self, owner: Option<&str>, id: &str) -> Result<(), StoreError>;

    /// The newest first, so many at most; those that are older than that one, which is not found where it is not there.
    async fn list(&self, owner: Option<&str>, after: Option<&str>, limit: usize) -> Result<Vec<Conversation>, StoreError>;

    /// How many there are. No operation of a client's, so no span: gauges ask.
    async fn count(&self) -> Result<u64, StoreError>;
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Conversation {
    /// That of the response: `resp_…`.
    pub(crate) id: String,
    /// Whose it is: the name of the key that has asked for it. `None` where there were no keys: once there are, nobody has it.
    pub(crate) owner: Option<String>,
    pub(crate) model: String,
    /// Seconds since 1970.
    pub(crate) created_at: u64,
    pub(crate) status: Status,
    /// All that was said, the answer last.
    pub(crate) messages: Vec<Message>,
    pub(crate) usage: Option<TokenUsage>,
    /// Why it has failed, for the client.
    pub(crate) error: Option<String>,
    pub(crate) previous_response_id: Option<String>,
    /// Whether it was asked for in the background.
    pub(crate) background: bool,
}

/// How far a response is, as the OpenAI API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Queued,
    InProgress,
    Completed,
    Failed,
    Cancelled,
    /// The stream broke off, or its client went away.
    Incomplete,
}

impl Status {
    pub(crate) const ALL: [Self; 6] =
        [Self::Queued, Self::InProgress, Self::Completed, Self::Failed, Self::Cancelled, Self::Incomplete];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Incomplete => "incomplete",
        }
    }
}

/// How a conversation goes on.
#[derive(Clone, Debug)]
pub(crate) struct Addition {
    pub(crate) status: Status,
    pub(crate) messages: Vec<Message>,
    pub(crate) usage: Option<TokenUsage>,
    pub(crate) error: Option<String>,
}

#[cfg(test)]
mod tests;
