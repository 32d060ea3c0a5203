//! The tables of a telemetry file, and its version.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Marks the file as one of ours: `llms`.
pub(crate) const APPLICATION_ID: i32 = 0x6c6c_6d73;

/// What leads from each version to the next one; a new file has version 0.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// The version that this release reads and writes.
pub(crate) const VERSION: usize = MIGRATIONS.len();

/// What a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is nothing in it yet.
    Empty,
    /// One of ours, of a version that is known.
    Ours(usize),
    /// One of ours, of a release to come.
    Newer(i64),
    /// Another program's.
    Foreign,
}

/// Looks, and changes nothing.
pub(crate) fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let sql = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version";
    let (id, version, tables): (i64, i64, i64) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(match (id, usize::try_from(version)) {
        (0, Ok(0)) if tables == 0 => Kind::Empty,
        (id, Ok(known)) if id == i64::from(APPLICATION_ID) && known <= VERSION => Kind::Ours(known),
        (id, Ok(_)) if id == i64::from(APPLICATION_ID) => Kind::Newer(version),
        _ => Kind::Foreign,
    })
}

/// Brings the tables to the last version, all or nothing; another process may do the same at the same time.
pub(crate) fn migrate(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for migration in migrations.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    if done < migrations.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or(i64::MAX))?;
    }
    transaction.commit()
}
