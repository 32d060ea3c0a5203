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

impl QueueSettings {
    /// The defaults.
    ///
    /// ```
    /// use std::time::Duration;
    /// use llm_span::pipeline::QueueSettings;
    ///
    /// let queue = QueueSettings::new().capacity(10_000).batch(1_000).delay(Duration::from_secs(1));
    /// assert_eq!((queue.capacity, queue.batch), (10_000, 1_000));
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// So many items wait.
    #[must_use]
    pub fn capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// So many are written at once at most.
    #[must_use]
    pub fn batch(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    /// So long is waited for a batch to fill.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}
