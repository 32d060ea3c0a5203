//! The file, opened for writing.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    bounds::{Bounds, PAGE},
    problem::Problem,
};
use crate::store::schema::{self, Kind};

/// How long SQLite itself waits for a lock. Attempts follow each other: between them the end of the program is seen.
const BUSY: Duration = Duration::from_millis(250);
/// The file, opened for writing.
pub(super) struct File {
    pub(super) connection: Connection,
    path: PathBuf,
    identity: Option<Identity>,
}

/// Which file it is, whatever has its name.
type Identity = (u64, u64);

impl File {
    /// Opens the file, or makes it, with its folder; what is wrong where it can't, and what to do. It waits about so long for others that
    /// hold the file.
    pub(super) fn open(path: &Path, bounds: &Bounds, patience: Duration) -> Result<Self, Problem> {
        check(path).map_err(Problem::Unusable)?;
        let mut connection = Connection::open_with_flags(path, FLAGS).map_err(|error| unusable(path, &error))?;
        let until = Instant::now() + patience;
        loop {
            match prepare(&mut connection, path, bounds) {
                Ok(()) => break,
                // Turning to WAL mode does not wait for locks.
                Err(Refusal::Sqlite(error)) if is_locked(&error) && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(Refusal::Sqlite(error)) => return Err(unusable(path, &error)),
                Err(Refusal::Told(why)) => return Err(Problem::Unusable(why)),
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
        fs::metadata(self.log()).map_or(0, |log| log.len())
    }

    fn log(&self) -> PathBuf {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        log.into()
    }

    /// Before each transaction: whether the log has room for it, if need be once it was emptied. While a reader holds the file open nothing can
    /// be taken from it.
    pub(super) fn has_room_in_log(&self, bounds: &Bounds) -> rusqlite::Result<bool> {
        Ok(self.log_size() <= bounds.longest_log || self.empty_log(BUSY)?)
    }

    /// Moves the log into the database, and cuts it; whether it was possible. It waits so long for readers.
    pub(super) fn empty_log(&self, patience: Duration) -> rusqlite::Result<bool> {
        self.connection.busy_timeout(patience)?;
        let is_busy = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(BUSY)?;
        Ok(!is_busy?)
    }

    /// What to say where the log has no room.
    pub(super) fn held(&self, bounds: &Bounds) -> Problem {
        let (path, log) = (self.path.display(), self.log());
        Problem::Held(format!(
            "a reader holds {path} open, so that its log {} can't be emptied and has come to its bound of {} bytes: end that reader's transaction",
            log.display(),
            bounds.longest_log
        ))
    }
}

pub(super) const FLAGS: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE).union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

pub(super) enum Refusal {
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
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(format!("{} is a folder: give the path of a file", path.display())),
        // Whoever opens a pipe waits for somebody at its other end.
        Ok(found) if !found.is_file() => {
            return Err(format!("{} is no regular file but a pipe, socket or device: give the path of a file", path.display()));
        }
        _ => {}
    }
    if let Some(folder) = path.parent()
        && let Err(error) = fs::create_dir_all(folder)
    {
        return Err(format!("the folder {} can't be made: {error}; make it, or give another path", folder.display()));
    }
    match writable().open(path) {
        Err(error) => {
            Err(format!("{} can't be written: {error}; let this program write it, or give another path", path.display()))
        }
        Ok(_) => Ok(()),
    }
}

/// A new file is its owner's alone: there may be prompts in it. SQLite gives its log the same mode.
fn writable() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

pub(super) fn prepare(connection: &mut Connection, path: &Path, bounds: &Bounds) -> Result<(), Refusal> {
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
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    // With any other, readers and the program would stop each other, and the file could not be kept below its bound.
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(Refusal::Told(format!(
            "{shown} stays in SQLite's journal mode `{mode}`: its file system has no shared memory, which the mode `wal` needs; give a path on a local disk"
        )));
    }
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

fn unusable(path: &Path, error: &rusqlite::Error) -> Problem {
    let path = path.display();
    Problem::Unusable(match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            format!("{path} is no SQLite database, and is left as it is: move it away, or give another path")
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            format!("{path} is damaged ({error}), and is left as it is: move it away, or give another path")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            return Problem::Locked(format!("another process holds {path} for itself: let it go, or give another path"));
        }
        Some(ErrorCode::DiskFull) => format!("there is no room for {path}: make some, or give another path"),
        _ => format!("{path} can't be opened: {error}; check that it and its folder may be written, or give another path"),
    })
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
