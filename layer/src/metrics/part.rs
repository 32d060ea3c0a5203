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
pub(crate) use spare::Spare;

use row::{COUNT, PLACES, rows_of};

/// What one thread adds to of a series; threads are told apart by [`this_thread`](super::this_thread), as many as there are processors.
///
/// What every span asks for stands on its first cache line: where there are many series, each further one is one to wait for. Whoever holds
/// the part writes by plain stores; sums are read at any time.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Part {
    /// Whoever has it holds the part.
    waits: Mutex<Waits>,
    /// Which of the sums are told already, a bit each.
    pub(crate) told: AtomicU64,
    /// Which of the distributions have somewhere to go, a bit each.
    pub(crate) bound: AtomicU64,
    counts: [AtomicU64; NEAR],
    more: Box<[AtomicU64]>,
}

/// So many sums stand in the part itself: two cache lines with what is before them.
const NEAR: usize = 10;

/// The values that are not handed over yet.
#[derive(Debug, Default)]
struct Waits {
    /// Where they are kept, from the first one on until none has come for a while.
    rows: Option<Box<Rows>>,
    /// So many words are used.
    used: u16,
}

/// [`Row`]s, one behind the other.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Rows([u64; WORDS]);

/// A dozen rows of three values.
const WORDS: usize = 48;

impl Default for Rows {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

/// A part that nobody else writes to meanwhile.
pub(crate) struct HeldPart<'a> {
    part: &'a Part,
    waits: MutexGuard<'a, Waits>,
}

impl Part {
    /// With room for so many sums.
    pub(crate) fn new(counts: usize) -> Self {
        Self {
            waits: Mutex::default(),
            told: AtomicU64::new(0),
            bound: AtomicU64::new(0),
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
        HeldPart { part: self, waits: self.waits.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Holds it, unless somebody else does.
    #[inline]
    pub(crate) fn try_hold(&self) -> Option<HeldPart<'_>> {
        match self.waits.try_lock() {
            Ok(waits) => {
                // The line of the next row is on its way while its values are read.
                if let Some(next) = waits.rows.as_ref().and_then(|rows| rows.0.get(usize::from(waits.used))) {
                    black_box(*next);
                }
                Some(HeldPart { part: self, waits })
            }
            Err(TryLockError::Poisoned(poisoned)) => Some(HeldPart { part: self, waits: poisoned.into_inner() }),
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
        usize::from(self.waits.used) + row.words().len() <= WORDS && self.has_rows()
    }

    pub(crate) fn has_rows(&self) -> bool {
        self.waits.rows.is_some()
    }

    /// Has it keep values, where it keeps none.
    pub(crate) fn keep(&mut self, rows: Box<Rows>) {
        *self.waits = Waits { rows: Some(rows), used: 0 };
    }

    /// Where it kept values, if none has come since they were taken.
    pub(crate) fn let_go(&mut self) -> Option<Box<Rows>> {
        if self.waits.used == 0 { self.waits.rows.take() } else { None }
    }

    /// Keeps a row for which there is room.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "there are less words")]
    pub(crate) fn push(&mut self, row: &Row) {
        let Waits { rows: Some(rows), used } = &mut *self.waits else { return };
        let (free, words) = (rows.0.get_mut(usize::from(*used)..).unwrap_or_default(), row.words());
        free.iter_mut().zip(words).for_each(|(place, word)| *place = *word);
        if let Some(first) = free.first_mut() {
            *first = row.words[0] | (row.values as u64) << COUNT;
        }
        *used += words.len() as u16;
    }

    /// Gives all values of each distribution that has some, and keeps them no longer. They were recorded in that order.
    pub(crate) fn take(&mut self, mut each: impl FnMut(usize, &[f64])) {
        let used = usize::from(std::mem::take(&mut self.waits.used));
        let Some(rows) = self.waits.rows.as_ref().filter(|_| used > 0) else { return };
        let words: [u64; WORDS] = rows.0;
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
