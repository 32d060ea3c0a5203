//! Why metrics can't be served, and what to do about it.

use std::{error::Error, fmt, io, time::Duration};

/// Why metrics can't be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenError {
    /// The path is none.
    Path {
        /// What was given.
        path: String,
    },
    /// The timeout is none, or longer than a day.
    Timeout {
        /// What was given.
        timeout: Duration,
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
                    "the path of the metrics is {path:?}; write one that begins with `/`, as clients send it: without spaces, `?` and `#`, \
                     other letters than those of ASCII as `%` and two hexadecimal digits a byte: `/metrics`, `/caf%C3%A9`"
                )
            }
            Self::Timeout { timeout } => {
                write!(
                    f,
                    "the timeout of the metrics' connections is {timeout:?}; choose one that is more than 0 and at most a day: \
                     `Duration::from_secs(10)`"
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
            Self::Path { .. } | Self::Timeout { .. } => None,
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
