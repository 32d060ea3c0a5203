//! How a call ended.

use std::fmt;

/// How a call ended: the value of `llm.outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned a value, `None` included.
    Ok,
    /// It returned an `Err`.
    Error,
    /// It was dropped before it ended: a timeout, a `select!`, a client that hung up.
    Cancelled,
    /// It panicked.
    Panic,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Error, Self::Cancelled, Self::Panic];

    /// The value of `llm.outcome`: `ok`, `error`, `cancelled`, `panic`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Panic => "panic",
        }
    }

    /// The outcome of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// Whether it is a failure of the call: an error or a panic. A cancelled call is none: hedged requests are normal.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Error | Self::Panic)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
