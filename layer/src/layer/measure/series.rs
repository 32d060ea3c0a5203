//! What is kept for the spans of one key: sums side by side, and the instruments of the sinks.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use super::{key::Key, target::Bound};
use crate::metrics::{Cell, Counts, CountsPart};

/// So many sums of a group stand side by side: a bit each.
pub(super) const MAX_COUNTS: usize = 64;

/// What the rules of a group measure under one key. What each span asks for lies side by side, the texts of its key among it: where there are many
/// series, each further cache line is one to wait for.
#[repr(C)]
pub(super) struct Series {
    counts: Counts,
    /// Which of the sums are told already: none before there is something to add, so that no series stands at 0 that never was.
    told: AtomicU64,
    /// The others, made when there is something to measure, for the same reason.
    bound: Box<[OnceLock<Bound>]>,
    pub(super) key: Key,
    telling: Mutex<()>,
}

impl Series {
    pub(super) fn new(key: Key, bound: usize) -> Self {
        Self {
            key,
            counts: Counts::new(),
            told: AtomicU64::new(0),
            telling: Mutex::default(),
            bound: (0..bound).map(|_| OnceLock::new()).collect(),
        }
    }

    /// What this thread adds to.
    #[inline]
    pub(super) fn part(&self, thread: usize, sums: usize) -> CountsPart<'_> {
        self.counts.part(thread, sums)
    }

    /// Sees to it that the sum at that place is a part of the one of its labels.
    #[inline]
    pub(super) fn tell(&self, place: u8, cell: impl FnOnce() -> Option<Arc<Cell>>) {
        if self.told.load(Ordering::Acquire) & 1 << place == 0 {
            self.tell_first(place, cell);
        }
    }

    #[cold]
    fn tell_first(&self, place: u8, cell: impl FnOnce() -> Option<Arc<Cell>>) {
        // Others wait: what they add is told when they have added it.
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        if self.told.load(Ordering::Acquire) & 1 << place == 0 {
            if let Some(cell) = cell() {
                cell.join(&self.counts, place.into());
            }
            self.told.fetch_or(1 << place, Ordering::Release);
        }
    }

    #[inline]
    pub(super) fn bound(&self, place: usize, bind: impl FnOnce() -> Bound) -> Option<&Bound> {
        self.bound.get(place).map(|bound| bound.get_or_init(bind))
    }
}
