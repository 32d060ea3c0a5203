//! What is kept by the texts that the labels of a group of rules come from.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::key::{Key, NEAR};
use crate::layer::intern::Symbol;

/// So many keys are remembered, over all groups of rules. What has no room is found by its labels each time: slower, and as exact.
const MAX_KEYS: usize = 8_192;

/// How many entries each level has room for: at most half of them are taken, on the last one by as many keys as there may be.
const LEVELS: [usize; 5] = [8, 64, 512, 4_096, 2 * MAX_KEYS];

/// What the keys that were met so far lead to.
///
/// They are found without a lock, and without anything that threads share being written. That is easy, since none is ever taken out: an entry is
/// set once, the first free one behind the place that the hash tells. When half of a level is taken, a larger one is begun; what is
/// met again is noted there, too.
pub(super) struct Table<V> {
    levels: [OnceLock<Box<[Place<V>]>>; LEVELS.len()],
    /// The level that is looked at first.
    top: AtomicUsize,
    /// How many entries of the top level are taken; who holds it may take one more.
    taken: Mutex<usize>,
}

/// A cache line: where there are many keys, each is one to wait for.
#[repr(align(64))]
struct Place<V>(OnceLock<Entry<V>>);

struct Entry<V> {
    value: Arc<V>,
    /// All of the key, where it is longer than what stands here.
    far: Option<Box<Key>>,
    near: [Symbol; NEAR],
}

/// How many further keys may be remembered.
#[derive(Debug)]
pub(super) struct Room(AtomicUsize);

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(MAX_KEYS))
    }
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { levels: [const { OnceLock::new() }; LEVELS.len()], top: AtomicUsize::new(0), taken: Mutex::new(0) }
    }
}

impl<V> fmt::Debug for Table<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}

impl<V> Entry<V> {
    fn new(key: &Key, value: Arc<V>) -> Self {
        Self { value, far: (!key.is_near()).then(|| Box::new(key.clone())), near: *key.near() }
    }

    #[inline]
    fn is_of(&self, key: &Key) -> bool {
        // All at once, whichever differ: compilers make a few wide instructions of that.
        let both = self.near.iter().zip(key.near());
        let differ = both.fold(0, |differ, (one, other)| differ | (one.bits() ^ other.bits())) != 0;
        !differ && self.far.as_ref().is_none_or(|far| **far == *key)
    }
}

impl<V> Table<V> {
    /// What a key of this hash leads to, if that is noted where it is looked for first.
    #[inline]
    pub(super) fn find(&self, hash: u64, key: &Key) -> Option<&Arc<V>> {
        self.find_at(self.top.load(Ordering::Acquire), hash, key)
    }

    #[inline]
    fn find_at(&self, level: usize, hash: u64, key: &Key) -> Option<&Arc<V>> {
        let places = self.levels[level].get()?;
        for at in indices(hash, places.len()) {
            let entry = places[at].0.get()?;
            if entry.is_of(key) {
                return Some(&entry.value);
            }
        }
        None
    }

    fn find_below(&self, level: usize, hash: u64, key: &Key) -> Option<&Arc<V>> {
        (0..level).rev().find_map(|level| self.find_at(level, hash, key))
    }

    /// Notes what is not found, on this level or at all; `None` where there is no room for a new one.
    #[cold]
    pub(super) fn meet(&self, hash: u64, key: &Key, room: Option<&Room>, new: impl FnOnce() -> Arc<V>) -> Option<&Arc<V>> {
        // Of a flood of keys that have no room, none waits.
        if room.is_some_and(Room::is_full) && self.find_below(LEVELS.len(), hash, key).is_none() {
            return None;
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let top = self.top.load(Ordering::Acquire);
        if let Some(value) = self.find_at(top, hash, key) {
            return Some(value);
        }
        let value = match self.find_below(top, hash, key) {
            Some(value) => Arc::clone(value),
            None => room.is_none_or(Room::take).then(new)?,
        };
        if *taken >= LEVELS[top] / 2 && top + 1 < LEVELS.len() {
            self.top.store(top + 1, Ordering::Release);
            *taken = 0;
        }
        *taken += 1;
        self.put(self.top.load(Ordering::Acquire), hash, Entry::new(key, value))
    }

    fn put(&self, level: usize, hash: u64, entry: Entry<V>) -> Option<&Arc<V>> {
        let new = || (0..LEVELS[level]).map(|_| Place(OnceLock::new())).collect();
        let places = self.levels[level].get_or_init(new);
        let free = indices(hash, places.len()).map(|at| &places[at].0).find(|place| place.get().is_none())?;
        Some(&free.get_or_init(|| entry).value)
    }
}

/// All places, from the one that the hash tells. Their number is a power of two.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a part of a hash is a hash")]
fn indices(hash: u64, len: usize) -> impl Iterator<Item = usize> {
    (0..len).map(move |step| (hash as usize).wrapping_add(step) & (len - 1))
}

impl Room {
    fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    fn take(&self) -> bool {
        let one_less = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::layer::intern::Interner;

    /// The keys of two groups: of few texts and of so many that they do not stand in an entry.
    fn keys(count: usize) -> Vec<Key> {
        let interner = Interner::new(1, count + 1);
        let key = |i: usize| {
            let len = if i.is_multiple_of(2) { 5 } else { 30 };
            let text = |place| if place == len - 2 { i.to_string() } else { "same".to_owned() };
            Key::of((0..len).map(|place| interner.intern(0, &text(place))))
        };
        (0..count).map(key).collect()
    }

    fn find<'t>(table: &'t Table<usize>, hasher: &foldhash::fast::RandomState, key: &Key, room: &Room) -> Option<&'t Arc<usize>> {
        let hash = key.hash(hasher);
        table.find(hash, key).or_else(|| table.meet(hash, key, Some(room), Arc::default))
    }

    #[test]
    fn a_key_leads_to_one_value_whoever_meets_it_and_however_many_there_are() {
        let (table, room, keys) = (Table::default(), Room::default(), keys(5_000));
        let hasher = foldhash::fast::RandomState::default();
        let value = |key: &Key| Arc::as_ptr(find(&table, &hasher, key, &room).unwrap()).addr();
        let found: Vec<Vec<_>> = thread::scope(|scope| {
            let meet = || keys.iter().map(&value).collect();
            let threads = [(); 4].map(|()| scope.spawn(meet));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.iter().all(|one| *one == found[0]));
        assert_eq!(keys.iter().map(value).collect::<Vec<_>>(), found[0]);
        let mut different = found[0].clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), 5_000);
        assert_eq!(room.0.load(Ordering::Relaxed), MAX_KEYS - 5_000);
    }

    #[test]
    fn no_more_keys_are_remembered_than_there_is_room_for() {
        let (tables, room, keys) = ([Table::default(), Table::default()], Room::default(), keys(MAX_KEYS));
        let hasher = foldhash::fast::RandomState::default();
        let remembered = |table| keys.iter().filter(|key| find(table, &hasher, key, &room).is_some()).count();
        assert_eq!(keys[..100].iter().filter(|key| find(&tables[0], &hasher, key, &room).is_some()).count(), 100);
        assert_eq!([remembered(&tables[1]), remembered(&tables[0])], [MAX_KEYS - 100, 100]);
        assert_eq!([remembered(&tables[1]), remembered(&tables[0])], [MAX_KEYS - 100, 100]);
    }

    #[test]
    fn an_entry_is_a_cache_line() {
        assert_eq!(size_of::<Place<usize>>(), 64);
    }
}
