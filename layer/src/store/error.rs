//! Why a file can't be read.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use rusqlite::{Error, ErrorCode};

use super::schema::{Kind, VERSION};

/// Why a telemetry file can't be opened or read. Its text says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such file.
    Missing(PathBuf),
    /// It is no SQLite database, or a damaged one.
    NotADatabase(PathBuf),
    /// A database of another program.
    Foreign(PathBuf),
    /// Written by a later release, in a version of the tables that this one does not know.
    Newer(PathBuf),
    /// Nothing is written in it yet.
    Empty(PathBuf),
    /// Another process holds it for itself.
    Locked(PathBuf),
    /// The system does not let it be read, or SQLite reports another fault.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system or SQLite says.
        why: String,
    },
}

impl StoreError {
    /// What SQLite says of that file.
    pub(super) fn of(path: &Path, error: &Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::NotADatabase(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            _ => Self::Unreadable { path, why: error.to_string() },
        }
    }

    /// What stands against reading a database of that kind.
    pub(super) fn of_kind(path: &Path, kind: Kind) -> Option<Self> {
        match kind {
            Kind::Ours(version) if version == VERSION => None,
            // A writer brings it to the present version.
            Kind::Ours(_) | Kind::Empty => Some(Self::Empty(path.to_owned())),
            Kind::Newer(_) => Some(Self::Newer(path.to_owned())),
            Kind::Foreign => Some(Self::Foreign(path.to_owned())),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(
                f,
                "there is no file {}; give the path that the program's telemetry is set to (`sqlite`), and let it run first",
                path.display()
            ),
            Self::NotADatabase(path) => {
                write!(f, "{} is no SQLite database, or a damaged one; give the path of a telemetry file", path.display())
            }
            Self::Foreign(path) => {
                write!(f, "{} is another program's database, not a telemetry file; give the path of one", path.display())
            }
            Self::Newer(path) => {
                write!(f, "{} was written by a later release of llm-span; read it with that release", path.display())
            }
            Self::Empty(path) => {
                write!(f, "nothing is written in {} yet, or by an older release only; let the program run first", path.display())
            }
            Self::Locked(path) => {
                write!(f, "another process holds {} for itself; try again once it is done with it", path.display())
            }
            Self::Unreadable { path, why } => {
                write!(f, "{} can't be read: {why}; check that it may be read, and its folder written to", path.display())
            }
        }
    }
}

impl std::error::Error for StoreError {}
