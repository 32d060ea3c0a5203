//! The file that workers share.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, Error, ErrorCode, TransactionBehavior, params};

use super::{Open, heard::Hearing};

/// So long others may hold the file: it is a thread of its own that waits.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many ids of a kind stay in the file when it is cleaned up.
const MOST: u32 = 65_536;

/// Two tables of its own: the rest of the file may be others'.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS activity_seen (
        kind TEXT NOT NULL, id INTEGER NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (kind, id));
    CREATE INDEX IF NOT EXISTS activity_seen_at ON activity_seen (kind, seen_at);
    CREATE TABLE IF NOT EXISTS activity_open (
        instance TEXT NOT NULL, worker INTEGER NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, heard_at INTEGER NOT NULL,
        PRIMARY KEY (instance, kind));
";
const SEEN: &str = "
    INSERT INTO activity_seen (kind, id, seen_at) VALUES (?1, ?2, ?3)
    ON CONFLICT (kind, id) DO UPDATE SET seen_at = max(seen_at, excluded.seen_at)";
const OPEN: &str = "
    INSERT INTO activity_open (instance, worker, kind, number, heard_at) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (instance, kind) DO UPDATE SET number = excluded.number, heard_at = excluded.heard_at";
const NONE_OPEN: &str = "DELETE FROM activity_open WHERE instance = ?1 AND kind = ?2";
const COUNT_SEEN: &str = "SELECT count(*) FROM activity_seen WHERE kind = ?1 AND seen_at > ?2";
const COUNT_OPEN: &str =
    "SELECT coalesce(sum(number), 0) FROM activity_open WHERE instance <> ?1 AND kind = ?2 AND heard_at > ?3";

/// What is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Session,
    Model,
}

impl Seen {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Model => "model",
        }
    }
}

impl Open {
    fn name(self) -> &'static str {
        match self {
            Self::Sampling => "sampling",
            Self::Future => "future",
        }
    }
}

/// Who writes: a worker that was started again is another one.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) instance: String,
    pub(super) worker: u32,
}

/// What is to be written, together or not at all.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) seen: Vec<(Seen, Vec<Hearing>)>,
    pub(super) open: Vec<(Open, u64)>,
    pub(super) now: i64,
}

pub(super) struct File(Connection);

impl File {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(TABLES)?;
        Ok(Self(connection))
    }

    pub(super) fn write(&mut self, writer: &Writer, changes: &Changes) -> Result<(), Error> {
        let Writer { instance, worker } = writer;
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (kind, hearings) in &changes.seen {
            let mut statement = transaction.prepare(SEEN)?;
            for (id, at) in hearings {
                statement.execute(params![kind.name(), id.cast_signed(), at])?;
            }
        }
        for (kind, number) in &changes.open {
            if *number == 0 {
                transaction.prepare(NONE_OPEN)?.execute(params![instance, kind.name()])?;
            } else {
                let number = i64::try_from(*number).unwrap_or(i64::MAX);
                transaction.prepare(OPEN)?.execute(params![instance, worker, kind.name(), number, changes.now])?;
            }
        }
        transaction.commit()
    }

    /// Of all.
    pub(super) fn seen(&self, kind: Seen, since: i64) -> Result<u64, Error> {
        self.number(COUNT_SEEN, params![kind.name(), since])
    }

    /// Of all but this.
    pub(super) fn open_elsewhere(&self, writer: &Writer, kind: Open, alive_since: i64) -> Result<u64, Error> {
        self.number(COUNT_OPEN, params![writer.instance, kind.name(), alive_since])
    }

    fn number(&self, query: &str, params: impl rusqlite::Params) -> Result<u64, Error> {
        let number: i64 = self.0.prepare(query)?.query_row(params, |row| row.get(0))?;
        Ok(u64::try_from(number).unwrap_or(0))
    }

    pub(super) fn clean_up(&mut self, seen: &[(Seen, i64)], alive_since: i64) -> Result<(), Error> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (kind, since) in seen {
            let kind = kind.name();
            transaction.execute("DELETE FROM activity_seen WHERE kind = ?1 AND seen_at <= ?2", params![kind, since])?;
            let most = "DELETE FROM activity_seen WHERE rowid IN
                (SELECT rowid FROM activity_seen WHERE kind = ?1 ORDER BY seen_at DESC LIMIT -1 OFFSET ?2)";
            transaction.execute(most, params![kind, MOST])?;
        }
        transaction.execute("DELETE FROM activity_open WHERE heard_at <= ?1", [alive_since])?;
        transaction.commit()
    }
}

/// Whether others hold the file just now: it may be tried again.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
