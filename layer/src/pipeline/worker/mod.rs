//! One sink: a bounded queue, and the thread that writes what waits in it.
//!
//! Whoever pushes never waits. What has no room is dropped and counted, what could not be written is counted too; both are told once,
//! until it is well again.

mod losses;
mod patience;
mod queue;
mod teller;
#[cfg(test)]
mod tests;
mod thread;

pub use losses::Losses;
pub(crate) use patience::Patience;
pub(crate) use queue::Queue;
pub(crate) use teller::{TARGET, Teller};
pub(crate) use thread::{Running, Worker};

/// Writes batches, on a thread of its own.
pub(crate) trait Sink: Send + 'static {
    /// What it writes.
    type Item: Weigh + Send + 'static;

    /// Writes a batch. It may wait and try again for as long as `patience` lasts; the queue fills meanwhile.
    fn write(&mut self, batch: Vec<Self::Item>, patience: &Patience) -> Result<(), Failure>;

    /// Called after a batch, and about every second while nothing comes: for housekeeping.
    fn rest(&mut self) {}
}

/// What waits in a queue weighs something: memory is bounded by that.
pub(crate) trait Weigh {
    /// About so many bytes.
    fn weight(&self) -> usize;
}

impl Weigh for Vec<u8> {
    fn weight(&self) -> usize {
        self.capacity() + size_of::<Self>()
    }
}

/// A batch was not written, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// So many items are lost.
    pub(crate) lost: usize,
    /// Why, for whoever reads the logs. No secrets.
    pub(crate) why: String,
}
