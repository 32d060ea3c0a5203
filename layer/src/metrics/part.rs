//! What one thread adds to of a series: its sums, and the values of its distributions that are not handed over yet.

mod row;
mod spare;

use std::{
    hint::black_box,
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
};

pub(crate) use row::{MAX_ROW, Row};
pub(crate) use spare::SpareParts;

use row::{COUNT, PLACES, rows_of};

/// What one thread adds to of a series; threads are told apart by [`this_thread`](super::this_thread), as many as there are processors.
///
/// What every span asks for stands on its first cache line: where there are many series, each further one is one to wait for. Whoever holds
/// the part writes by plain stores; sums are read at any time.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Part {
    /// How many words of the rows are used. Whoever has it holds the part.
    used: Mutex<u16>,
    /// Which of the sums are told already, a bit each.
    pub(crate) told: AtomicU64,
    /// Which of the distributions have somewhere to go, a bit each.
    pub(crate) bound: AtomicU64,
    rows: Option<Box<Rows>>,
    counts: [AtomicU64; NEAR],
    more: Box<[AtomicU64]>,
}

/// So many sums stand in the part itself: two cache lines with what is before them.
const NEAR: usize = 10;

/// [`Row`]s, one behind the other.
#[derive(Debug)]
#[repr(align(64))]
struct Rows([AtomicU64; WORDS]);

/// A dozen rows of three values: half of what a thread adds to of a series.
const WORDS: usize = 48;

/// A part that nobody else writes to meanwhile.
pub(crate) struct HeldPart<'a> {
    part: &'a Part,
    used: MutexGuard<'a, u16>,
}

impl Part {
    /// With room for so many sums, and for rows or not.
    pub(crate) fn new(counts: usize, has_rows: bool) -> Self {
        let words = || Rows([const { AtomicU64::new(0) }; WORDS]);
        Self {
            used: Mutex::new(0),
            told: AtomicU64::new(0),
            bound: AtomicU64::new(0),
            rows: has_rows.then(|| Box::new(words())),
            counts: [const { AtomicU64::new(0) }; NEAR],
            more: (NEAR..counts).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    #[inline]
    fn count(&self, place: usize) -> Option<&AtomicU64> {
        self.counts.get(place).or_else(|| self.more.get(place - NEAR))
    }

    /// What was added there so far.
    pub(crate) fn read(&self, place: usize) -> u64 {
        self.count(place).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Waits until nobody else holds it.
    pub(crate) fn hold(&self) -> HeldPart<'_> {
        HeldPart { part: self, used: self.used.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Holds it, unless somebody else does.
    #[inline]
    pub(crate) fn try_hold(&self) -> Option<HeldPart<'_>> {
        match self.used.try_lock() {
            Ok(used) => {
                // The line of the next row is on its way while its values are read.
                if let Some(next) = self.rows.as_ref().and_then(|rows| rows.0.get(usize::from(*used))) {
                    black_box(next.load(Ordering::Relaxed));
                }
                Some(HeldPart { part: self, used })
            }
            Err(TryLockError::Poisoned(poisoned)) => Some(HeldPart { part: self, used: poisoned.into_inner() }),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl HeldPart<'_> {
    #[inline]
    pub(crate) fn add(&self, place: u8, amount: u64) {
        if let Some(count) = self.part.count(place.into()) {
            // Nobody else writes.
            count.store(count.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
        }
    }

    /// Whether there is room for a row.
    #[inline]
    pub(crate) fn has_room(&self, row: &Row) -> bool {
        usize::from(*self.used) + row.words().len() <= WORDS
    }

    /// Keeps a row for which there is room.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "there are less words")]
    pub(crate) fn push(&mut self, row: &Row) {
        let Some(rows) = &self.part.rows else { return };
        let (free, words) = (rows.0.get(usize::from(*self.used)..).unwrap_or_default(), row.words());
        free.iter().zip(words).for_each(|(place, word)| place.store(*word, Ordering::Relaxed));
        if let Some(first) = free.first() {
            first.store(row.words[0] | (row.values as u64) << COUNT, Ordering::Relaxed);
        }
        *self.used += words.len() as u16;
    }

    /// Gives all values of each distribution that has some, and keeps them no longer. They were recorded in that order.
    pub(crate) fn take(&mut self, mut each: impl FnMut(usize, &[f64])) {
        let used = usize::from(std::mem::take(&mut *self.used));
        let Some(rows) = self.part.rows.as_ref().filter(|_| used > 0) else { return };
        let words: [u64; WORDS] = std::array::from_fn(|at| rows.0[at].load(Ordering::Relaxed));
        let words = &words[..used.min(WORDS)];
        let (mut all, mut are_alike) = (words[0], true);
        for (row, _) in rows_of(words) {
            are_alike &= row == words[0];
            all |= row;
        }
        let (mut left, mut values) = (all & PLACES, [0.0; WORDS]);
        while left != 0 {
            let place = left.trailing_zeros();
            let before = |places: u64| (places & ((1 << place) - 1)).count_ones() as usize;
            let mut len = 0;
            let mut put = |word: u64| {
                values[len] = f64::from_bits(word);
                len += 1;
            };
            if are_alike {
                // As those of most series are: every so many words there is one.
                words[1 + before(all)..].iter().step_by(1 + (all >> COUNT) as usize).for_each(|word| put(*word));
            } else {
                let rows = rows_of(words).filter(|(places, _)| places >> place & 1 != 0);
                rows.for_each(|(places, row)| put(row[before(places)]));
            }
            each(place as usize, &values[..len]);
            left &= left - 1;
        }
    }
}

#[cfg(test)]
mod tests;
