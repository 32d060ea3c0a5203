//! The file, opened for writing.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::bounds::{Bounds, PAGE};
use crate::store::schema::{self, Kind};

/// How long SQLite itself waits for a lock. Attempts follow each other: between them the end of the program is seen.
const BUSY: Duration = Duration::from_millis(250);
/// How long the opening waits for others that open the same file.
const OPENING: Duration = Duration::from_secs(5);

/// The file, opened for writing.
pub(super) struct File {
    pub(super) connection: Connection,
    path: PathBuf,
    identity: Option<Identity>,
}

/// Which file it is, whatever has its name.
type Identity = (u64, u64);

impl File {
    /// Opens the file, or makes it, with its folder; what is wrong where it can't, and what to do.
    pub(super) fn open(path: &Path, bounds: &Bounds) -> Result<Self, String> {
        check(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, &error))?;
        let until = Instant::now() + OPENING;
        loop {
            match prepare(&mut connection, path, bounds) {
                Ok(()) => break,
                // Turning to WAL mode does not wait for locks.
                Err(Refusal::Sqlite(error)) if is_locked(&error) && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(Refusal::Sqlite(error)) => return Err(unusable(path, &error)),
                Err(Refusal::Told(why)) => return Err(why),
            }
        }
        Ok(Self { connection, identity: identity(path), path: path.to_owned() })
    }

    /// Whether the file of that name is still the one that was opened.
    pub(super) fn is_in_place(&self) -> bool {
        self.identity == identity(&self.path)
    }

    /// How long its log is, in bytes.
    pub(super) fn log_size(&self) -> u64 {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        fs::metadata(log).map_or(0, |log| log.len())
    }
}

enum Refusal {
    Sqlite(rusqlite::Error),
    Told(String),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// What can be told before SQLite has a look.
fn check(path: &Path) -> Result<(), String> {
    if path.as_os_str().is_empty() || path.file_name().is_some_and(|name| name == ":memory:") {
        return Err("a database in memory would be lost at the end of the program: give the path of a file".into());
    }
    if path.is_dir() {
        return Err(format!("{} is a folder: give the path of a file", path.display()));
    }
    if let Some(folder) = path.parent()
        && let Err(error) = fs::create_dir_all(folder)
    {
        return Err(format!("the folder {} can't be made: {error}; make it, or give another path", folder.display()));
    }
    match fs::OpenOptions::new().append(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{} can't be written: {error}; let this program write it, or give another path", path.display()))
        }
        _ => Ok(()),
    }
}

fn prepare(connection: &mut Connection, path: &Path, bounds: &Bounds) -> Result<(), Refusal> {
    connection.busy_timeout(BUSY)?;
    let shown = path.display();
    let kind = schema::kind(connection)?;
    match kind {
        Kind::Foreign => {
            return Err(Refusal::Told(format!("{shown} is another program's database, and is left as it is: give another path")));
        }
        Kind::Newer(version) => {
            return Err(Refusal::Told(format!(
                "{shown} has version {version} of the tables, from a later release; this one knows up to {}: update llm-span, or give another path",
                schema::VERSION
            )));
        }
        // Only while there is no table yet.
        Kind::Empty => connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?,
        Kind::Ours(_) => {}
    }
    let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let log = i64::try_from(bounds.log).unwrap_or(i64::MAX);
    let _: i64 = connection.pragma_update_and_check(None, "journal_size_limit", log, |row| row.get(0))?;
    let pages = i64::try_from(bounds.log / PAGE).unwrap_or(i64::MAX).max(1);
    let _: i64 = connection.pragma_update_and_check(None, "wal_autocheckpoint", pages, |row| row.get(0))?;
    if kind != Kind::Ours(schema::VERSION) {
        schema::migrate(connection, schema::MIGRATIONS)?;
    }
    bounds.apply(connection)?;
    Ok(())
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn unusable(path: &Path, error: &rusqlite::Error) -> String {
    let path = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            format!("{path} is no SQLite database, and is left as it is: move it away, or give another path")
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            format!("{path} is damaged ({error}), and is left as it is: move it away, or give another path")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("another process holds {path} for itself: let it go, or give another path")
        }
        Some(ErrorCode::DiskFull) => format!("there is no room for {path}: make some, or give another path"),
        _ => format!("{path} can't be opened: {error}; check that it and its folder may be written, or give another path"),
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// An open file can't be deleted there.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|_| (0, 0))
}
