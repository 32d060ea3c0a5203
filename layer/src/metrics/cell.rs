//! A counter that threads do not contend for.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use super::Part as SeriesPart;

/// A counter with a part a thread, as many as the machine has processors (at most 16), each made when a thread first needs it: most
/// series are counted by few threads.
///
/// One shared atomic that two threads write costs each of them several times what it costs one: the cache line travels.
#[derive(Debug)]
pub(crate) struct Cell {
    own: Box<[OnceLock<Box<Part>>]>,
    /// Where sums are kept beside others of their series, each with its place there: they are a part of this one.
    joined: Mutex<Vec<(Arc<SeriesPart>, usize)>>,
}

/// Alone on its cache line (two of them: processors fetch in pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(AtomicU64);

/// The most parts a counter has.
const MAX_PARTS: usize = 16;

impl Cell {
    /// For what only grows.
    pub(crate) fn new() -> Self {
        Self::of(parts())
    }

    /// For what goes down, too, and for what is set. All threads share one part, so that no reader sees what one thread took away without
    /// what another had added before.
    pub(crate) fn shared() -> Self {
        Self::of(1)
    }

    fn of(parts: usize) -> Self {
        Self { own: (0..parts).map(|_| OnceLock::new()).collect(), joined: Mutex::default() }
    }

    /// Has the sum at that place be a part of this one from now on. Once for each: what is joined twice counts twice.
    pub(crate) fn join(&self, part: &Arc<SeriesPart>, place: usize) {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner).push((Arc::clone(part), place));
    }

    /// Adds to the part of [`this_thread`].
    pub(crate) fn add(&self, amount: u64, thread: usize) {
        self.part(thread).fetch_add(amount, Ordering::Relaxed);
    }

    /// Holds this value from now on. Not for cells that are added to.
    pub(crate) fn set(&self, value: u64) {
        self.part(0).store(value, Ordering::Relaxed);
    }

    #[inline]
    fn part(&self, thread: usize) -> &AtomicU64 {
        // The number of parts is a power of two.
        &self.own[thread & (self.own.len() - 1)].get_or_init(Box::default).0
    }

    /// The sum of the parts. What is added meanwhile is seen now or the next time, never lost.
    pub(crate) fn read(&self) -> u64 {
        let own = self.own.iter().filter_map(OnceLock::get).map(|part| part.0.load(Ordering::Relaxed));
        let joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        own.chain(joined.iter().map(|(part, place)| part.read(*place))).fold(0, u64::wrapping_add)
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
    use std::sync::{atomic::AtomicBool, mpsc};

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

    #[test]
    fn what_goes_up_on_one_thread_and_down_on_another_is_never_seen_below_0() {
        let cell = Cell::shared();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                let (send, receive) = mpsc::sync_channel(1);
                let (cell, is_over) = (&cell, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        cell.add(1, 0);
                        send.send(()).unwrap();
                    }
                });
                scope.spawn(move || receive.iter().for_each(|()| cell.add(u64::MAX, 1)));
            }
            let least = (0..200_000).map(|_| cell.read().cast_signed()).min();
            is_over.store(true, Ordering::Relaxed);
            assert!(least >= Some(0), "{least:?}");
        });
        assert_eq!(cell.read(), 0);
    }

    #[test]
    fn what_is_joined_is_a_part_of_the_sum() {
        let (cell, part) = (Cell::new(), Arc::new(SeriesPart::new(2)));
        cell.add(1, 0);
        cell.join(&part, 1);
        part.hold().add(0, 10);
        part.hold().add(1, 100);
        assert_eq!(cell.read(), 101);
    }

    #[test]
    fn threads_that_do_not_count_take_no_room_and_those_of_a_shared_cell_one_for_all() {
        let made = |cell: &Cell| cell.own.iter().filter(|part| part.get().is_some()).count();
        let cell = Cell::of(8);
        assert_eq!((cell.read(), made(&cell)), (0, 0));
        for thread in [1, 9, 3] {
            cell.add(2, thread);
        }
        assert_eq!((cell.read(), made(&cell)), (6, 2));
        let shared = Cell::shared();
        (0..8).for_each(|thread| shared.add(2, thread));
        assert_eq!((shared.read(), made(&shared)), (16, 1));
    }
}
