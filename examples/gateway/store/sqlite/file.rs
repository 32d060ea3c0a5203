//! The file: how it is made, opened and brought up to date.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Marks the file as one of ours: `gwcv`.
const APPLICATION_ID: i32 = 0x6777_6376;

/// What leads from each version of the tables to the next one; a new file has version 0.
const MIGRATIONS: [&str; 2] = [include_str!("schema.sql"), include_str!("owner.sql")];

/// Makes the file where there is none, and brings its tables up to date; what is wrong where it can't, and what to do.
pub(super) fn prepare(path: &Path) -> Result<Connection, String> {
    let shown = path.display();
    make(path).map_err(|error| format!("{shown} can't be written: {error}; let the gateway write it, or give another path"))?;
    let until = Instant::now() + PATIENCE;
    loop {
        match open(path).and_then(|mut connection| migrate(&mut connection).map(|version| (connection, version))) {
            Ok((connection, Version::Known)) => return Ok(connection),
            Ok((_, Version::Foreign)) => {
                return Err(format!("{shown} is another program's database, and is left as it is: give another path"));
            }
            Ok((_, Version::Newer)) => {
                return Err(format!("{shown} is of a later release: update the gateway, or give another path"));
            }
            // Turning to WAL mode does not wait for locks.
            Err(error) if is_locked(&error) && Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                return Err(format!("{shown} is no SQLite database, and is left as it is: give another path"));
            }
            Err(error) => return Err(format!("{shown} can't be opened: {error}; check it and its folder, or give another path")),
        }
    }
}

/// A file that `prepare` has seen.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is committed survives the end of the process; the last of it may be lost with the machine.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// A new file is its owner's alone: there are prompts in it. SQLite gives its log the same mode.
fn make(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

enum Version {
    Known,
    /// Of a release to come.
    Newer,
    /// Another program's.
    Foreign,
}

/// All or nothing; another process may do the same at the same time.
fn migrate(connection: &mut Connection) -> rusqlite::Result<Version> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let sql = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version";
    let (id, version, tables): (i32, i64, i64) =
        transaction.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let done = match usize::try_from(version) {
        Ok(0) if id == 0 && tables == 0 => 0,
        Ok(done) if id == APPLICATION_ID => done,
        _ => return Ok(Version::Foreign),
    };
    if done > MIGRATIONS.len() {
        return Ok(Version::Newer);
    }
    for (step, migration) in (1_i64..).zip(MIGRATIONS).skip(done) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", step)?;
    }
    transaction.commit()?;
    let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    Ok(Version::Known)
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
