//! A counter that threads do not contend for.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

/// A counter with a part a thread, as many as the machine has processors (at most 16).
///
/// One shared atomic that two threads write costs each of them several times what it costs one: the cache line travels.
#[derive(Debug)]
pub(crate) struct Cell(Box<[Part]>);

/// Alone on its cache line (two of them: processors fetch in pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(AtomicU64);

/// The most parts a counter has.
const MAX_PARTS: usize = 16;

impl Cell {
    pub(crate) fn new() -> Self {
        Self((0..parts()).map(|_| Part::default()).collect())
    }

    /// Adds to the part of [`this_thread`].
    pub(crate) fn add(&self, amount: u64, thread: usize) {
        // The number of parts is a power of two.
        self.0[thread & (self.0.len() - 1)].0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Holds this value from now on. Not for cells that are added to.
    pub(crate) fn set(&self, value: u64) {
        self.0[0].0.store(value, Ordering::Relaxed);
    }

    /// The sum of the parts. What is added meanwhile is seen now or the next time, never lost.
    pub(crate) fn read(&self) -> u64 {
        self.0.iter().fold(0, |sum, part| sum.wrapping_add(part.0.load(Ordering::Relaxed)))
    }
}

/// How many parts what threads write has: a power of two.
pub(crate) fn parts() -> usize {
    // Asked for once: the answer may take the reading of several files.
    static PARTS: OnceLock<usize> = OnceLock::new();
    *PARTS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from).min(MAX_PARTS).next_power_of_two())
}

/// The number of this thread. Threads are numbered in the order in which they first count.
pub(crate) fn this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.try_with(|number| *number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_threads_add_is_the_sum() {
        let cell = Cell::new();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10_000).for_each(|_| cell.add(3, this_thread())));
            }
        });
        assert_eq!(cell.read(), 8 * 10_000 * 3);
    }
}
