//! What stands against writing.

use std::{fmt, path::Path};

use rusqlite::{Error, ErrorCode};

/// What stands against writing, and what to do about it.
#[derive(Debug)]
pub(super) enum Problem {
    /// No room: another attempt may find some.
    Full(String),
    /// Another process holds the file: it may be done with it soon.
    Locked(String),
    /// A reader keeps the log from being emptied, which may grow no further: it may be done soon.
    Held(String),
    /// Another fault of the file or its disk: worth opening it anew.
    Broken(String),
    /// It can't be opened.
    Unusable(String),
}

impl Problem {
    pub(super) fn of(path: &Path, error: &Error) -> Self {
        let path = path.display();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                Self::Full(format!("there is no room for {path}: make some, or set a bound (`max_bytes`)"))
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked(format!("another process holds {path} for itself: let it go"))
            }
            _ => Self::Broken(format!("{path} can't be written: {error}")),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(why) | Self::Locked(why) | Self::Held(why) | Self::Broken(why) | Self::Unusable(why) => f.write_str(why),
        }
    }
}
