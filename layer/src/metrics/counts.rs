//! The sums of one series, side by side, in parts that threads do not contend for.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use super::cell::parts;

/// The sums of one series: of all rules that count a span under the same texts. A part a thread, as many as the machine has processors
/// (at most 16), each made when a thread first needs it.
///
/// A thread finds what it adds to on one or two cache lines, however many the sums are, and shares them with no other thread. Clones
/// share them.
#[derive(Clone, Debug)]
pub(crate) struct Counts(Arc<[OnceLock<Box<[Lines]>>]>);

/// Sums on cache lines of their own (two of them: processors fetch in pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
struct Lines([AtomicU64; PER_LINES]);

const PER_LINES: usize = 16;

/// What one thread adds to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountsPart<'a>(&'a [Lines]);

impl Counts {
    pub(crate) fn new() -> Self {
        Self((0..parts()).map(|_| OnceLock::new()).collect())
    }

    /// The part of this thread, with room for so many sums: as many each time.
    #[inline]
    pub(crate) fn part(&self, thread: usize, sums: usize) -> CountsPart<'_> {
        // The number of parts is a power of two.
        let part = &self.0[thread & (self.0.len() - 1)];
        CountsPart(part.get_or_init(|| (0..sums.div_ceil(PER_LINES)).map(|_| Lines::default()).collect()))
    }

    /// What all threads have added there so far.
    pub(crate) fn read(&self, place: usize) -> u64 {
        let parts = self.0.iter().filter_map(OnceLock::get);
        parts.fold(0, |sum, part| sum.wrapping_add(CountsPart(part).at(place).map_or(0, |count| count.load(Ordering::Relaxed))))
    }
}

impl CountsPart<'_> {
    #[inline]
    pub(crate) fn add(self, place: usize, amount: u64) {
        if let Some(count) = self.at(place) {
            count.fetch_add(amount, Ordering::Relaxed);
        }
    }

    #[inline]
    fn at(&self, place: usize) -> Option<&AtomicU64> {
        Some(&self.0.get(place / PER_LINES)?.0[place % PER_LINES])
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::metrics::this_thread;

    #[test]
    fn sums_side_by_side_are_told_apart_on_all_threads() {
        const SUMS: usize = 40;
        let counts = Counts::new();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for round in 0..SUMS * 100 {
                        let place = round % SUMS;
                        counts.part(this_thread(), SUMS).add(place, place as u64);
                    }
                });
            }
        });
        for place in 0..SUMS {
            assert_eq!(counts.read(place), 8 * 100 * place as u64);
        }
    }

    #[test]
    fn threads_that_do_not_count_take_no_room() {
        let counts = Counts::new();
        let made = || counts.0.iter().filter(|part| part.get().is_some()).count();
        assert_eq!((counts.read(0), made()), (0, 0));
        counts.part(3, 1).add(0, 2);
        assert_eq!((counts.read(0), made()), (2, 1));
    }
}
