//! The series of a group of rules, by the texts that their labels come from.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{key::Key, series::Series};

/// So many keys are remembered, over all groups of rules. What has no room is found by its labels each time: slower, and as exact.
const MAX_KEYS: usize = 8_192;

/// How many entries each level has room for: at most half of them are taken, on the last one by as many keys as there may be.
const LEVELS: [usize; 5] = [8, 64, 512, 4_096, 2 * MAX_KEYS];

/// The series that were met so far.
///
/// They are found without a lock, and without anything that threads share being written. That is easy, since none is ever taken out: an entry is
/// set once, the first free one behind the place that the hash tells. When half of a level is taken, a larger one is begun; what is
/// met again is noted there, too.
pub(super) struct Table {
    levels: [OnceLock<Box<[OnceLock<Entry>]>>; LEVELS.len()],
    /// The level that is looked at first.
    top: AtomicUsize,
    /// How many entries of the top level are taken; who holds it may take one more.
    taken: Mutex<usize>,
    hasher: foldhash::fast::RandomState,
}

struct Entry {
    hash: u64,
    series: Arc<Series>,
}

/// How many further keys may be remembered.
#[derive(Debug)]
pub(super) struct Room(AtomicUsize);

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(MAX_KEYS))
    }
}

impl Default for Table {
    fn default() -> Self {
        Self {
            levels: [const { OnceLock::new() }; LEVELS.len()],
            top: AtomicUsize::new(0),
            taken: Mutex::new(0),
            hasher: foldhash::fast::RandomState::default(),
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}

impl Table {
    /// The series of a key; `None` where there is no room for a new one.
    #[inline]
    pub(super) fn of(&self, key: &Key, room: &Room, new: impl FnOnce(Key) -> Series) -> Option<&Series> {
        let hash = key.hash(&self.hasher);
        let top = self.top.load(Ordering::Acquire);
        self.find(top, hash, key).map(AsRef::as_ref).or_else(|| self.meet(hash, key, room, new))
    }

    #[inline]
    fn find(&self, level: usize, hash: u64, key: &Key) -> Option<&Arc<Series>> {
        let entries = self.levels[level].get()?;
        for at in places(hash, entries.len()) {
            let entry = entries[at].get()?;
            if entry.hash == hash && entry.series.key == *key {
                return Some(&entry.series);
            }
        }
        None
    }

    fn find_below(&self, level: usize, hash: u64, key: &Key) -> Option<&Arc<Series>> {
        (0..level).rev().find_map(|level| self.find(level, hash, key))
    }

    /// Notes what is met for the first time, on this level or at all.
    #[cold]
    fn meet(&self, hash: u64, key: &Key, room: &Room, new: impl FnOnce(Key) -> Series) -> Option<&Series> {
        // Of a flood of keys that have no room, none waits.
        if room.is_full() && self.find_below(LEVELS.len(), hash, key).is_none() {
            return None;
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let top = self.top.load(Ordering::Acquire);
        if let Some(series) = self.find(top, hash, key) {
            return Some(series);
        }
        let series = match self.find_below(top, hash, key) {
            Some(series) => Arc::clone(series),
            None => room.take().then(|| Arc::new(new(key.clone())))?,
        };
        if *taken >= LEVELS[top] / 2 && top + 1 < LEVELS.len() {
            self.top.store(top + 1, Ordering::Release);
            *taken = 0;
        }
        *taken += 1;
        self.put(self.top.load(Ordering::Acquire), Entry { hash, series })
    }

    fn put(&self, level: usize, entry: Entry) -> Option<&Series> {
        let entries = self.levels[level].get_or_init(|| (0..LEVELS[level]).map(|_| OnceLock::new()).collect());
        let free = places(entry.hash, entries.len()).map(|at| &entries[at]).find(|place| place.get().is_none())?;
        Some(free.get_or_init(|| entry).series.as_ref())
    }
}

/// All places, from the one that the hash tells. Their number is a power of two.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a part of a hash is a hash")]
fn places(hash: u64, len: usize) -> impl Iterator<Item = usize> {
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

    fn keys(count: usize) -> Vec<Key> {
        let interner = Interner::new(1, count + 1);
        let key = |i: usize| {
            let mut key = Key::new();
            key.read((0..5).map(|place| interner.intern(0, &if place == 3 { i.to_string() } else { "same".to_owned() })));
            key
        };
        (0..count).map(key).collect()
    }

    fn find<'t>(table: &'t Table, key: &Key, room: &Room) -> Option<&'t Series> {
        table.of(key, room, |key| Series::new(key, 0))
    }

    #[test]
    fn a_key_has_one_series_whoever_meets_it_and_however_many_there_are() {
        let (table, room, keys) = (Table::default(), Room::default(), keys(5_000));
        let found: Vec<Vec<_>> = thread::scope(|scope| {
            let meet =
                || keys.iter().map(|key| find(&table, key, &room).map(std::ptr::from_ref::<Series>).unwrap().addr()).collect();
            let threads = [(); 4].map(|()| scope.spawn(meet));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.iter().all(|one| *one == found[0]));
        for (key, series) in keys.iter().zip(&found[0]) {
            let again = find(&table, key, &room).unwrap();
            assert!(again.key == *key && std::ptr::from_ref(again).addr() == *series);
        }
        assert_eq!(room.0.load(Ordering::Relaxed), MAX_KEYS - 5_000);
    }

    #[test]
    fn no_more_keys_are_remembered_than_there_is_room_for() {
        let (tables, room, keys) = ([Table::default(), Table::default()], Room::default(), keys(MAX_KEYS));
        let remembered = |table| keys.iter().filter(|key| find(table, key, &room).is_some()).count();
        assert_eq!(keys[..100].iter().filter(|key| find(&tables[0], key, &room).is_some()).count(), 100);
        assert_eq!([remembered(&tables[1]), remembered(&tables[0])], [MAX_KEYS - 100, 100]);
        assert_eq!([remembered(&tables[1]), remembered(&tables[0])], [MAX_KEYS - 100, 100]);
    }
}
