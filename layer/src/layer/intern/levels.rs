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
/// met again is noted there, too. A level is made of pieces, told apart by the hash, which are made when something is noted there: the call that
/// needs a new one does not wait for all of a large level.
pub(crate) struct Levels<E, const N: usize, const PIECES: usize> {
    sizes: [Level; N],
    /// Those of all levels.
    pieces: [OnceLock<Box<[Place<E>]>>; PIECES],
    /// The level that is looked at first.
    top: AtomicUsize,
    /// How many entries of the top level are taken; who holds it may take one more.
    taken: Mutex<usize>,
}

/// Where a level stands.
#[derive(Clone, Copy)]
struct Level {
    /// How many entries it has room for, a power of two. At most half of them are taken.
    size: usize,
    /// The first of its pieces.
    first: usize,
    /// The bits of a hash, from [`PIECE`] on, that tell its pieces apart.
    mask: usize,
}

/// So many entries a piece has room for at most: a megabyte.
const MAX_PIECE: usize = 16_384;

/// From this bit on a hash tells the piece. Those below tell the place in it.
const PIECE: u32 = usize::BITS / 2;

/// How many pieces levels of these sizes have.
pub(crate) const fn pieces(sizes: &[usize]) -> usize {
    let (mut all, mut at) = (0, 0);
    while at < sizes.len() {
        all += sizes[at].div_ceil(MAX_PIECE);
        at += 1;
    }
    all
}

/// A cache line: where there are many entries, each is one to wait for.
#[repr(align(64))]
struct Place<E>(OnceLock<E>);

impl<E, const N: usize, const PIECES: usize> fmt::Debug for Levels<E, N, PIECES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Levels").finish_non_exhaustive()
    }
}

impl<E: Clone, const N: usize, const PIECES: usize> Levels<E, N, PIECES> {
    /// With so many entries a level, powers of two, and as many [`pieces`] as those have.
    pub(crate) fn new(of: [usize; N]) -> Self {
        const { assert!(size_of::<Place<E>>() == 64, "an entry is more than a cache line") };
        let level = |level: usize| {
            let (size, first) = (of[level], pieces(&of[..level]));
            Level { size, first, mask: size.div_ceil(MAX_PIECE) - 1 }
        };
        Self {
            sizes: std::array::from_fn(level),
            pieces: [const { OnceLock::new() }; PIECES],
            top: AtomicUsize::new(0),
            taken: Mutex::new(0),
        }
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
        let places = self.piece(level, hash).get()?;
        for at in indices(hash, places.len()) {
            let entry = places[at].0.get()?;
            if is(entry) {
                return Some(entry);
            }
        }
        None
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a part of a hash is a hash")]
    fn piece(&self, level: usize, hash: u64) -> &OnceLock<Box<[Place<E>]>> {
        let Level { first, mask, .. } = self.sizes[level];
        &self.pieces[first + ((hash as usize >> PIECE) & mask)]
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
        let is_full = *taken >= self.sizes[top].size / 2;
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
        let new = || (0..self.sizes[level].size.min(MAX_PIECE)).map(|_| Place(OnceLock::new())).collect();
        let places = self.piece(level, hash).get_or_init(new);
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
    use std::hash::BuildHasher as _;

    use super::*;

    #[test]
    fn a_table_that_is_full_takes_no_more_and_loses_none() {
        let table = Levels::<[u64; 7], 2, 2>::new([2, 8]);
        let note = |number: u64| table.meet(0, |entry| entry[0] == number, || Some([number; 7])).map(|entry| entry[0]);
        // One on the first level, half of the other.
        let met: Vec<_> = (0..8).filter_map(note).collect();
        assert_eq!(met, [0, 1, 2, 3, 4]);
        for number in 0..8 {
            let found = table.find_anywhere(0, |entry| entry[0] == number).map(|entry| entry[0]);
            assert_eq!(found, Some(number).filter(|number| met.contains(number)));
        }
    }

    #[test]
    fn a_large_table_is_made_in_pieces_of_a_megabyte_and_loses_none() {
        const SIZES: [usize; 2] = [2, 8 * MAX_PIECE];
        const COUNT: u64 = 3 * MAX_PIECE as u64;
        let table = Levels::<[u64; 7], 2, { pieces(&SIZES) }>::new(SIZES);
        let hasher = foldhash::fast::RandomState::default();
        let find = |number: u64| table.find_anywhere(hasher.hash_one(number), |entry| entry[0] == number).map(|entry| entry[0]);
        for number in 0..COUNT {
            assert_eq!(find(number), None);
            table.meet(hasher.hash_one(number), |entry| entry[0] == number, || Some([number; 7])).unwrap();
        }
        assert!((0..COUNT).all(|number| find(number) == Some(number)));
        let made: Vec<_> = table.pieces.iter().filter_map(|piece| Some(size_of_val(&**piece.get()?))).collect();
        assert_eq!((made.len(), made.iter().max()), (9, Some(&(1 << 20))));
    }
}
