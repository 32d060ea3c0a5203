//! A table that is read without a lock, each of whose entries is a cache line.

use std::{
    fmt,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Entries by their hash, on so many levels.
///
/// They are found without a lock, and without anything that threads share being written. That is easy, since none is ever taken out: an entry is
/// set once, the first free one behind the place that the hash tells. When half of a level is taken, a larger one is begun; what is
/// met again is noted there, too.
pub(crate) struct Levels<E, const N: usize> {
    /// How many entries each level has room for, powers of two. At most half of them are taken.
    sizes: [usize; N],
    places: [OnceLock<Box<[Place<E>]>>; N],
    /// The level that is looked at first.
    top: AtomicUsize,
    /// How many entries of the top level are taken; who holds it may take one more.
    taken: Mutex<usize>,
}

/// A cache line: where there are many entries, each is one to wait for.
#[repr(align(64))]
struct Place<E>(OnceLock<E>);

impl<E, const N: usize> fmt::Debug for Levels<E, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Levels").finish_non_exhaustive()
    }
}

impl<E: Clone, const N: usize> Levels<E, N> {
    pub(crate) fn new(sizes: [usize; N]) -> Self {
        const { assert!(size_of::<Place<E>>() == 64, "an entry is more than a cache line") };
        Self { sizes, places: [const { OnceLock::new() }; N], top: AtomicUsize::new(0), taken: Mutex::new(0) }
    }

    /// The entry of this hash, if it is noted where it is looked for first.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is: impl Fn(&E) -> bool) -> Option<&E> {
        self.find_at(self.top.load(Ordering::Acquire), hash, &is)
    }

    /// The entry of this hash.
    pub(crate) fn find_anywhere(&self, hash: u64, is: impl Fn(&E) -> bool) -> Option<&E> {
        self.find_below(N, hash, &is)
    }

    #[inline]
    fn find_at(&self, level: usize, hash: u64, is: &impl Fn(&E) -> bool) -> Option<&E> {
        let places = self.places[level].get()?;
        for at in indices(hash, places.len()) {
            let entry = places[at].0.get()?;
            if is(entry) {
                return Some(entry);
            }
        }
        None
    }

    fn find_below(&self, level: usize, hash: u64, is: &impl Fn(&E) -> bool) -> Option<&E> {
        (0..level).rev().find_map(|level| self.find_at(level, hash, is))
    }

    /// Notes what is not found, on this level or at all; `None` where there is no new one, or no room.
    #[cold]
    pub(crate) fn meet(&self, hash: u64, is: impl Fn(&E) -> bool, new: impl FnOnce() -> Option<E>) -> Option<&E> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let top = self.top.load(Ordering::Acquire);
        if let Some(entry) = self.find_at(top, hash, &is) {
            return Some(entry);
        }
        let before = self.find_below(top, hash, &is).cloned();
        let is_full = *taken >= self.sizes[top] / 2;
        if is_full && top + 1 == N && before.is_none() {
            return None;
        }
        let entry = before.or_else(new)?;
        if is_full && top + 1 < N {
            self.top.store(top + 1, Ordering::Release);
            *taken = 0;
        }
        *taken += 1;
        self.put(self.top.load(Ordering::Acquire), hash, entry)
    }

    fn put(&self, level: usize, hash: u64, entry: E) -> Option<&E> {
        let new = || (0..self.sizes[level]).map(|_| Place(OnceLock::new())).collect();
        let places = self.places[level].get_or_init(new);
        let free = indices(hash, places.len()).map(|at| &places[at].0).find(|place| place.get().is_none())?;
        Some(free.get_or_init(|| entry))
    }
}

/// All places, from the one that the hash tells. Their number is a power of two.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a part of a hash is a hash")]
fn indices(hash: u64, len: usize) -> impl Iterator<Item = usize> {
    (0..len).map(move |step| (hash as usize).wrapping_add(step) & (len - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_full_takes_no_more_and_loses_none() {
        let table = Levels::<[u64; 7], 2>::new([2, 8]);
        let note = |number: u64| table.meet(0, |entry| entry[0] == number, || Some([number; 7])).map(|entry| entry[0]);
        // One on the first level, half of the other.
        let met: Vec<_> = (0..8).filter_map(note).collect();
        assert_eq!(met, [0, 1, 2, 3, 4]);
        for number in 0..8 {
            let found = table.find_anywhere(0, |entry| entry[0] == number).map(|entry| entry[0]);
            assert_eq!(found, Some(number).filter(|number| met.contains(number)));
        }
    }
}
