//! A lock on a file, which one process holds at a time. The system takes it back when that process ends, however it does.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

/// Held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock that belongs to this file, which lies beside it: `gateway.db.leader`. `None` where another has it.
    pub(super) fn try_of(shared: &Path) -> Result<Option<Self>, String> {
        let path = beside(shared);
        let wrong = |error: std::io::Error| format!("{} can't be locked: {error}", path.display());
        // Nothing stands in it, and it stays there: a file that is deleted may still be locked by who has opened it.
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(wrong(error)),
        }
    }
}

fn beside(shared: &Path) -> PathBuf {
    let mut name = OsString::from(shared);
    name.push(".leader");
    name.into()
}
