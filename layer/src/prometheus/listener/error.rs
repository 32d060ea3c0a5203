//! Why metrics can't be served, and what to do about it.

use std::{error::Error, fmt, io};

/// Why metrics can't be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenError {
    /// The path is none.
    Path {
        /// What was given.
        path: String,
    },
    /// The address is none, or its name is not known.
    Address {
        /// What was given.
        address: String,
        /// What the system says.
        error: io::Error,
    },
    /// The address can't be listened on.
    Listen {
        /// What was given.
        address: String,
        /// What the system says.
        error: io::Error,
    },
    /// The thread that serves them can't be started.
    Start(
        /// What the system says.
        io::Error,
    ),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { path } => {
                write!(
                    f,
                    "the path of the metrics is {path:?}; write one that begins with `/`, without spaces, `?` and `#`: `/metrics`"
                )
            }
            Self::Address { address, error } => {
                write!(f, "{address:?} is no address to serve metrics on: {error}; write host and port: `127.0.0.1:9464`")
            }
            Self::Listen { address, error } => {
                write!(f, "metrics can't be served on {address}: {error}; {}", remedy(error.kind()))
            }
            Self::Start(error) => write!(f, "the thread that serves metrics can't be started: {error}"),
        }
    }
}

impl Error for ListenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Path { .. } => None,
            Self::Address { error, .. } | Self::Listen { error, .. } | Self::Start(error) => Some(error),
        }
    }
}

const fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => {
            "another program, or another listener of this one, has the port: choose another, or port 0 for a free one"
        }
        io::ErrorKind::PermissionDenied => "ports below 1024 are often reserved: choose a higher one",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: choose `127.0.0.1`, or `0.0.0.0` for all it has",
        _ => "choose another address",
    }
}
