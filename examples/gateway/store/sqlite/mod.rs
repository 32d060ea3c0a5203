//! Conversations in a SQLite file, which several processes may share.

mod file;
mod operations;
mod pool;
mod rows;

use std::{num::NonZeroU32, path::Path, sync::Arc};

use async_trait::async_trait;
use rusqlite::Connection;

use super::{Addition, Conversation, ConversationStore, ROOM, StoreError};
use pool::Pool;

/// So many read at a time, beside the one that writes.
const READERS: usize = 3;

/// Conversations in a SQLite file, which several processes may share. When there is no room the oldest leaves.
pub(crate) struct SqliteStore {
    /// SQLite lets one write at a time: whoever waits, waits here, not in a thread.
    writer: Arc<Pool>,
    readers: Arc<Pool>,
    room: NonZeroU32,
}

impl SqliteStore {
    /// Opens the file, or makes it, with its folder. It may wait some seconds for another process that does the same.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        Self::with_room(path, ROOM)
    }

    /// The same, for so many conversations.
    pub(crate) fn with_room(path: &Path, room: NonZeroU32) -> Result<Self, StoreError> {
        let first = file::prepare(path).map_err(StoreError::Backend)?;
        Ok(Self { writer: Pool::new(path, 1, Some(first)), readers: Pool::new(path, READERS, None), room })
    }

    /// Responses that were not ended yet have failed: who worked on them is gone, and their clients would wait for ever. For the start of the
    /// one process that has the file, before it serves. How many they were.
    pub(crate) fn fail_unfinished(&self) -> Result<usize, StoreError> {
        self.writer.run_here(|connection| {
            operations::fail_unfinished(connection, "the gateway was stopped before it was done; try again")
        })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run(work).await
    }
}

#[async_trait]
impl ConversationStore for SqliteStore {
    fn backend(&self) -> &'static str {
        "sqlite"
    }

    async fn get(&self, owner: Option<&str>, id: &str) -> Result<Conversation, StoreError> {
        let (owner, id) = (owner.map(str::to_owned), id.to_owned());
        self.read(move |connection| operations::get(connection, owner.as_deref(), &id)).await
    }

    async fn create(&self, conversation: Conversation) -> Result<(), StoreError> {
        let room = self.room;
        self.write(move |connection| operations::create(connection, &conversation, room)).await
    }

    async fn append(&self, id: &str, addition: Addition) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |connection| operations::append(connection, &id, &addition)).await
    }

    async fn delete(&self, owner: Option<&str>, id: &str) -> Result<(), StoreError> {
        let (owner, id) = (owner.map(str::to_owned), id.to_owned());
        self.write(move |connection| operations::delete(connection, owner.as_deref(), &id)).await
    }

    async fn list(&self, owner: Option<&str>, after: Option<&str>, limit: usize) -> Result<Vec<Conversation>, StoreError> {
        let (owner, after) = (owner.map(str::to_owned), after.map(str::to_owned));
        self.read(move |connection| operations::list(connection, owner.as_deref(), after.as_deref(), limit)).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.read(operations::count).await
    }
}

/// What SQLite says is wrong. Texts of other errors may quote a row: they are left out.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Backend(match error.sqlite_error() {
            Some(error) => format!("SQLite: {error}"),
            None => "a row of the file can't be read: another release or program has changed it".into(),
        })
    }
}
