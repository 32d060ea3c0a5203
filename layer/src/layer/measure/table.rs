//! What is kept by the texts that the labels of a group of rules come from.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::key::{Key, NEAR};
use crate::layer::intern::{
    Symbol,
    levels::{Levels, pieces},
};

/// So many keys are remembered, over all groups of rules. What has no room is found by its labels each time: slower, and as exact.
const MAX_KEYS: usize = 8_192;

const SIZES: [usize; 5] = [8, 64, 512, 4_096, 2 * MAX_KEYS];

/// What the keys that were met so far lead to.
pub(super) struct Table<V>(Levels<Entry<V>, { SIZES.len() }, { pieces(&SIZES) }>);

struct Entry<V> {
    value: Arc<V>,
    /// All of the key, where it is longer than what stands here.
    far: Option<Box<Key>>,
    near: [Symbol; NEAR],
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), far: self.far.clone(), near: self.near }
    }
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
        Self(Levels::new(SIZES))
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
        self.0.find(hash, |entry| entry.is_of(key)).map(|entry| &entry.value)
    }

    /// Notes what is not found; `None` where there is no room for a new one.
    #[cold]
    pub(super) fn meet(&self, hash: u64, key: &Key, room: Option<&Room>, new: impl FnOnce() -> Arc<V>) -> Option<&Arc<V>> {
        let is_it = |entry: &Entry<V>| entry.is_of(key);
        // Of a flood of keys that have no room, none waits.
        if room.is_some_and(Room::is_full) && self.0.find_anywhere(hash, is_it).is_none() {
            return None;
        }
        let new = || room.is_none_or(Room::take).then(|| Entry::new(key, new()));
        self.0.meet(hash, is_it, new).map(|entry| &entry.value)
    }
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
}
