//! How much a sink has lost.

/// How much a sink has lost since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// Had no room in the queue, or came after the end.
    pub dropped: u64,
    /// Could not be written.
    pub failed: u64,
}

impl Losses {
    /// Both.
    pub const fn total(&self) -> u64 {
        self.dropped + self.failed
    }
}
