//! What rows say.

use rusqlite::{Connection, Row, types::Type};

use super::Conversation;
use crate::{
    provider::{Message, Role, TokenUsage},
    store::Status,
};

/// Those that `conversation` reads.
macro_rules! columns {
    () => {
        "number, id, model, created_at, status, input_tokens, output_tokens, error, previous_response_id, background, owner"
    };
}
pub(super) use columns;

/// Its number, and what it is; its messages have rows of their own.
pub(super) fn conversation(row: &Row<'_>) -> rusqlite::Result<(i64, Conversation)> {
    let usage = row.get::<_, Option<u32>>(5)?.zip(row.get(6)?);
    let conversation = Conversation {
        id: row.get(1)?,
        model: row.get(2)?,
        created_at: row.get::<_, i64>(3)?.try_into().unwrap_or_default(),
        status: known(row, 4, &Status::ALL, Status::as_str)?,
        messages: Vec::new(),
        usage: usage.map(|(input_tokens, output_tokens)| TokenUsage { input_tokens, output_tokens }),
        error: row.get(7)?,
        previous_response_id: row.get(8)?,
        background: row.get(9)?,
        owner: row.get(10)?,
    };
    Ok((row.get(0)?, conversation))
}

/// In the order in which they were said.
pub(super) fn messages(connection: &Connection, number: i64) -> rusqlite::Result<Vec<Message>> {
    let sql = "SELECT role, content FROM messages WHERE conversation = ?1 ORDER BY position";
    let mut said = connection.prepare(sql)?;
    let message = |row: &Row<'_>| Ok(Message { role: known(row, 0, &Role::ALL, Role::as_str)?, content: row.get(1)? });
    said.query_map([number], message)?.collect()
}

fn known<T: Copy>(row: &Row<'_>, column: usize, all: &[T], name: fn(T) -> &'static str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    let found = all.iter().copied().find(|&value| name(value) == text);
    found.ok_or_else(|| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, "an unknown word".into()))
}
