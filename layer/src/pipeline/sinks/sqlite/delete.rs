//! Deletes rows, so many in a transaction that nobody waits for long.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

/// Deletes traces that have ended by that time, and other rows of that time and before, `limit` at most; how many.
pub(super) fn ended(connection: &mut Connection, time_ns: i64, limit: u64) -> rusqlite::Result<u64> {
    // Those that are still running are few: the index of beginnings finds the others.
    let sql = "SELECT EXISTS (SELECT 1 FROM traces WHERE start_ns <= ?1 AND end_ns <= ?1)
        OR EXISTS (SELECT 1 FROM metrics WHERE time_ns <= ?1) OR EXISTS (SELECT 1 FROM logs WHERE time_ns <= ?1)";
    if !connection.query_row(sql, [time_ns], |row| row.get::<_, bool>(0))? {
        return Ok(0);
    }
    let first = "SELECT trace_id FROM traces WHERE start_ns <= ?1 AND end_ns <= ?1 ORDER BY start_ns LIMIT 1";
    until(connection, time_ns, limit, first)
}

/// Deletes rows of that time and before, of traces that are found so; how many.
fn until(connection: &mut Connection, time_ns: i64, limit: u64, first_trace: &str) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut left = limit;
    for sql in [
        "DELETE FROM metrics WHERE id IN (SELECT id FROM metrics WHERE time_ns <= ? ORDER BY time_ns LIMIT ?)",
        "DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE time_ns <= ? ORDER BY time_ns LIMIT ?)",
    ] {
        left -= transaction.execute(sql, params![time_ns, signed(left)])? as u64;
    }
    while left > 0 {
        let first = transaction.query_row(first_trace, [time_ns], |row| row.get::<_, String>(0)).optional()?;
        let Some(trace_id) = first else { break };
        left -= of_trace(&transaction, &trace_id, left)?;
    }
    transaction.commit()?;
    Ok(limit - left)
}

/// Deletes the oldest rows of all kinds, `limit` at most; how many.
pub(super) fn oldest(connection: &mut Connection, limit: u64) -> rusqlite::Result<u64> {
    match oldest_of(connection, limit)? {
        Some(time_ns) => {
            until(connection, time_ns, limit, "SELECT trace_id FROM traces WHERE start_ns <= ? ORDER BY start_ns LIMIT 1")
        }
        None => Ok(0),
    }
}

/// A time until when so many rows are of one kind, or all of them.
fn oldest_of(connection: &Connection, rows: u64) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT min(time_ns) FROM (
        SELECT max(start_ns) AS time_ns FROM (SELECT start_ns FROM traces ORDER BY start_ns LIMIT ?1)
        UNION ALL SELECT max(time_ns) FROM (SELECT time_ns FROM metrics ORDER BY time_ns LIMIT ?2)
        UNION ALL SELECT max(time_ns) FROM (SELECT time_ns FROM logs ORDER BY time_ns LIMIT ?2))";
    // A trace has several rows.
    connection.query_row(sql, params![signed(rows / 8).max(1), signed(rows)], |row| row.get(0))
}

/// Deletes a trace, or so much of it; how many rows.
fn of_trace(transaction: &Transaction<'_>, trace_id: &str, limit: u64) -> rusqlite::Result<u64> {
    let delete = |sql, limit| transaction.execute(sql, params![trace_id, signed(limit)]).map(|rows| rows as u64);
    let events = delete("DELETE FROM span_events WHERE id IN (SELECT id FROM span_events WHERE trace_id = ? LIMIT ?)", limit)?;
    let spans =
        delete("DELETE FROM spans WHERE id IN (SELECT id FROM spans WHERE trace_id = ? ORDER BY id LIMIT ?)", limit - events)?;
    let deleted = events + spans;
    if deleted < limit {
        return Ok(deleted + transaction.execute("DELETE FROM traces WHERE trace_id = ?", [trace_id])? as u64);
    }
    let sql = "UPDATE traces SET (spans, errors) = (SELECT count(*), total(status = 'error') FROM spans WHERE trace_id = ?1) WHERE trace_id = ?1";
    transaction.execute(sql, [trace_id])?;
    Ok(deleted)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
