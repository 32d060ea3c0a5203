//! The instruments of a group of rules, found by the texts that their labels come from.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use papaya::{HashMap, HashMapRef, LocalGuard};

use super::{key::Key, target::Instrument};
use crate::{layer::thread_end, metrics::Labels};

/// So many keys are remembered, over all groups of rules. What has no room is found by its labels each time: slower, and as exact.
const MAX_KEYS: usize = 8_192;

/// The series that were met so far.
#[derive(Default)]
pub(super) struct Table {
    series: HashMap<Key, Series, foldhash::fast::RandomState>,
    taken: AtomicUsize,
}

/// A table, pinned for reading.
pub(super) type Pinned<'t> = HashMapRef<'t, Key, Series, foldhash::fast::RandomState, LocalGuard<'t>>;

/// One instrument a rule; made when there is something to measure, so that no series stands at 0 that never was.
pub(super) struct Series(Box<[OnceLock<Bound>]>);

/// An instrument, and its labels where measurements are told one by one.
pub(super) struct Bound {
    pub(super) instrument: Instrument,
    pub(super) labels: Option<Labels>,
}

impl Table {
    /// `None` where the thread is about to end.
    pub(super) fn pin(&self) -> Option<Pinned<'_>> {
        thread_end::is_alive().then(|| self.series.pin())
    }

    /// The series of a key with so many rules; `None` where there is no room for a new one.
    #[inline]
    pub(super) fn of<'g>(&self, key: &Key, rules: usize, pinned: &'g Pinned<'_>) -> Option<&'g Series> {
        pinned.get(key).or_else(|| self.add(key.clone(), rules, pinned))
    }

    #[cold]
    fn add<'g>(&self, key: Key, rules: usize, pinned: &'g Pinned<'_>) -> Option<&'g Series> {
        let one_more = |taken: usize| (taken < MAX_KEYS).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        let new = Series((0..rules).map(|_| OnceLock::new()).collect());
        match pinned.try_insert(key, new) {
            Ok(inserted) => Some(inserted),
            Err(occupied) => {
                // Another thread was faster, and has taken the room for it.
                self.taken.fetch_sub(1, Ordering::Relaxed);
                Some(occupied.current)
            }
        }
    }
}

impl Series {
    #[inline]
    pub(super) fn rule(&self, rule: usize, bind: impl FnOnce() -> Bound) -> Option<&Bound> {
        self.0.get(rule).map(|bound| bound.get_or_init(bind))
    }
}
