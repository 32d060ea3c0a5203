//! Why a store has not done what it was asked.

use std::fmt;

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreError {
    NotFound,
    /// One of that id is there already.
    Exists,
    /// The backend failed; for the log, not for clients. Nothing of a conversation is in it.
    Backend(String),
}

impl StoreError {
    /// What `error.type` says.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Exists => "exists",
            Self::Backend(_) => "backend",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such conversation"),
            Self::Exists => f.write_str("there is such a conversation already"),
            Self::Backend(why) => write!(f, "the conversation store failed: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}
