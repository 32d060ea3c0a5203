//! What is done with the rows. Each operation is all or nothing.

use std::num::NonZeroU32;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{Addition, Conversation, StoreError, rows};
use crate::{provider::Message, store::Status};

pub(super) fn get(connection: &mut Connection, owner: Option<&str>, id: &str) -> Result<Conversation, StoreError> {
    // Both tables as they were at one moment.
    let transaction = connection.transaction()?;
    let sql = concat!("SELECT ", rows::columns!(), " FROM conversations WHERE id = ?1 AND owner IS ?2");
    let found = transaction.prepare(sql)?.query_row(params![id, owner], rows::conversation).optional()?;
    let (number, conversation) = found.ok_or(StoreError::NotFound)?;
    Ok(Conversation { messages: rows::messages(&transaction, number)?, ..conversation })
}

pub(super) fn create(connection: &mut Connection, new: &Conversation, room: NonZeroU32) -> Result<(), StoreError> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let sql = "INSERT INTO conversations
        (id, model, created_at, status, input_tokens, output_tokens, error, previous_response_id, background, owner)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING";
    let added = transaction.prepare(sql)?.execute(params![
        new.id,
        new.model,
        i64::try_from(new.created_at).unwrap_or(i64::MAX),
        new.status.as_str(),
        new.usage.map(|usage| usage.input_tokens),
        new.usage.map(|usage| usage.output_tokens),
        new.error,
        new.previous_response_id,
        new.background,
        new.owner,
    ])?;
    if added == 0 {
        return Err(StoreError::Exists);
    }
    let number = transaction.last_insert_rowid();
    add_messages(&transaction, number, 0, &new.messages)?;
    transaction.prepare("DELETE FROM conversations WHERE number <= ?1")?.execute([number - i64::from(room.get())])?;
    Ok(transaction.commit()?)
}

pub(super) fn append(connection: &mut Connection, id: &str, addition: &Addition) -> Result<(), StoreError> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let sql = "UPDATE conversations SET status = ?2, input_tokens = coalesce(?3, input_tokens),
        output_tokens = coalesce(?4, output_tokens), error = coalesce(?5, error) WHERE id = ?1 RETURNING number";
    let Addition { status, messages, usage, error } = addition;
    let number = transaction.prepare(sql)?.query_row(
        params![id, status.as_str(), usage.map(|usage| usage.input_tokens), usage.map(|usage| usage.output_tokens), error],
        |row| row.get(0),
    );
    let number: i64 = number.optional()?.ok_or(StoreError::NotFound)?;
    let sql = "SELECT coalesce(max(position) + 1, 0) FROM messages WHERE conversation = ?1";
    let next = transaction.prepare(sql)?.query_row([number], |row| row.get(0))?;
    add_messages(&transaction, number, next, messages)?;
    Ok(transaction.commit()?)
}

fn add_messages(transaction: &Transaction<'_>, number: i64, first: i64, messages: &[Message]) -> rusqlite::Result<()> {
    let sql = "INSERT INTO messages (conversation, position, role, content) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = transaction.prepare(sql)?;
    for (position, Message { role, content }) in (first..).zip(messages) {
        insert.execute(params![number, position, role.as_str(), content])?;
    }
    Ok(())
}

pub(super) fn delete(connection: &mut Connection, owner: Option<&str>, id: &str) -> Result<(), StoreError> {
    // Its messages go with it.
    match connection.prepare("DELETE FROM conversations WHERE id = ?1 AND owner IS ?2")?.execute(params![id, owner])? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

pub(super) fn list(
    connection: &mut Connection,
    owner: Option<&str>,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Conversation>, StoreError> {
    let transaction = connection.transaction()?;
    let number = |id| {
        let sql = "SELECT number FROM conversations WHERE id = ?1 AND owner IS ?2";
        transaction.prepare(sql)?.query_row(params![id, owner], |row| row.get(0)).optional()?.ok_or(StoreError::NotFound)
    };
    let end: i64 = after.map_or(Ok(i64::MAX), number)?;
    let sql = concat!(
        "SELECT ",
        rows::columns!(),
        " FROM conversations WHERE owner IS ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3"
    );
    let mut newest = transaction.prepare(sql)?;
    let found = newest.query_map(params![owner, end, i64::try_from(limit).unwrap_or(i64::MAX)], rows::conversation)?;
    found
        .map(|found| {
            let (number, conversation) = found?;
            Ok(Conversation { messages: rows::messages(&transaction, number)?, ..conversation })
        })
        .collect()
}

pub(super) fn fail_unfinished(connection: &mut Connection, why: &str) -> Result<usize, StoreError> {
    let sql = "UPDATE conversations SET status = ?1, error = ?2 WHERE status IN (?3, ?4)";
    let [failed, queued, in_progress] = [Status::Failed, Status::Queued, Status::InProgress].map(Status::as_str);
    Ok(connection.prepare(sql)?.execute([failed, why, queued, in_progress])?)
}

pub(super) fn count(connection: &mut Connection) -> Result<u64, StoreError> {
    let count: i64 = connection.prepare("SELECT count(*) FROM conversations")?.query_row([], |row| row.get(0))?;
    Ok(count.try_into().unwrap_or_default())
}
