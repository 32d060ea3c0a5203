//! The file, opened for reading.

use std::{
    fmt::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, params_from_iter, types::Value as SqlValue};

use super::{
    StoreError,
    schema::{self, Kind},
};

/// How long a lock is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A telemetry file that is read, while a program writes into it or later. It is never changed.
pub struct Store {
    path: PathBuf,
    pub(super) connection: Connection,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// Where there is none, it is no telemetry file, or one of a later release.
    ///
    /// ```
    /// let error = llm_span::store::Store::open("/nowhere/telemetry.db").unwrap_err();
    /// assert!(error.to_string().starts_with("there is no file /nowhere/telemetry.db; "));
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        match path.metadata() {
            Ok(found) if found.is_dir() => {
                return Err(StoreError::Unreadable { path: path.to_owned(), why: "it is a folder".into() });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(StoreError::Missing(path.to_owned())),
            Err(error) => return Err(StoreError::Unreadable { path: path.to_owned(), why: error.to_string() }),
            // Whoever opens a pipe waits for somebody at its other end.
            Ok(found) if !found.is_file() => {
                return Err(StoreError::Unreadable { path: path.to_owned(), why: "it is a pipe, socket or device".into() });
            }
            Ok(_) => {}
        }
        let opened = match connect(path) {
            Err(error) if is_refused(&error) && !has_log(path) => connect_unchanging(path),
            opened => opened,
        };
        let (connection, kind) = opened.map_err(|error| StoreError::of(path, &error))?;
        match StoreError::of_kind(path, kind) {
            Some(error) => Err(error),
            None => Ok(Self { path: path.to_owned(), connection }),
        }
    }

    /// The rows of a query.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: Vec<SqlValue>,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.try_rows(sql, values, read).map_err(|error| self.error(&error))
    }

    fn try_rows<T>(
        &self,
        sql: &str,
        values: Vec<SqlValue>,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare(sql)?.query_map(params_from_iter(values), read)?.collect()
    }

    pub(super) fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, error)
    }
}

/// A relative path is not to be read as a URI, and no name as a database in memory.
fn connect(path: &Path) -> rusqlite::Result<(Connection, Kind)> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    look(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?)
}

/// Where the folder can't be written, readers and writers can't come to terms there: the file is read as one that nobody changes.
fn connect_unchanging(path: &Path) -> rusqlite::Result<(Connection, Kind)> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = "file:".to_owned();
    for byte in path.to_string_lossy().bytes() {
        // Writing to a `String` does not fail.
        let _ = match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => uri.write_char(char::from(byte)),
            _ => write!(uri, "%{byte:02x}"),
        };
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    look(Connection::open_with_flags(uri, flags)?)
}

fn look(connection: Connection) -> rusqlite::Result<(Connection, Kind)> {
    connection.busy_timeout(PATIENCE)?;
    let kind = schema::kind(&connection)?;
    Ok((connection, kind))
}

fn is_refused(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure))
}

/// Whether some of it is in its log still, which can't be read so.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}
