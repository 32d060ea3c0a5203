//! How much waits for a sink.

use std::time::Duration;

/// How much waits for a sink, and for how long. Each sink has a queue and a thread of its own.
///
/// The values are those that OpenTelemetry's batch processors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// So many items wait; further ones are dropped and counted.
    pub capacity: usize,
    /// So many are written at once at most.
    pub batch: usize,
    /// So long is waited for a batch to fill.
    pub delay: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { capacity: 2_048, batch: 512, delay: Duration::from_secs(5) }
    }
}
