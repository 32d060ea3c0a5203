//! What one thread adds to of a series: its sums, and the values of its distributions that are not handed over yet.

use std::{
    hint::black_box,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
};

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

/// A word that says of which distributions values follow, a bit each, and above [`COUNT`] how many; then the values, in the order of the bits.
/// And so on.
#[derive(Debug)]
#[repr(align(64))]
struct Rows([AtomicU64; WORDS]);

/// A dozen rows of three values: half of what a thread adds to of a series.
const WORDS: usize = 48;

/// So many values may stand in a row.
pub(crate) const MAX_ROW: usize = 16;

/// From this bit on it is said how many they are.
const COUNT: u32 = 32;

const PLACES: u64 = (1 << COUNT) - 1;

/// A part that nobody else writes to meanwhile.
pub(crate) struct HeldPart<'a> {
    part: &'a Part,
    used: MutexGuard<'a, u16>,
}

/// The values of one span, for the distributions of its series: the word that says of which, then the values.
#[derive(Default)]
pub(crate) struct Row {
    words: [u64; 1 + MAX_ROW],
    values: usize,
}

impl Row {
    /// Adds a value of a distribution, told by its bit, beyond those that it has values of. One that is not finite is no measurement: it would stay in the sum
    /// for ever.
    #[inline]
    pub(crate) fn put(&mut self, place: u64, value: f64) {
        if let Some(free) = self.words.get_mut(1 + self.values).filter(|_| value.is_finite()) {
            *free = value.to_bits();
            self.values += 1;
            self.words[0] |= place;
        }
    }

    #[inline]
    pub(crate) fn places(&self) -> u64 {
        self.words[0]
    }

    #[inline]
    fn words(&self) -> &[u64] {
        self.words.get(..=self.values).unwrap_or(&self.words)
    }
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

/// Parts that are made beforehand, some at a time: so they lie side by side in memory, and not each on a page of its own among what else a
/// new series needs.
#[derive(Debug, Default)]
pub(crate) struct SpareParts(Mutex<Spare>);

#[derive(Debug, Default)]
struct Spare {
    /// So many were made so far.
    made: usize,
    left: Vec<Arc<Part>>,
}

/// So many are made at a time, once there are as many.
const AT_ONCE: usize = 32;

impl SpareParts {
    /// One of them, [as it is made](Part::new): all of them alike.
    pub(crate) fn take(&self, counts: usize, has_rows: bool) -> Arc<Part> {
        let new = || Arc::new(Part::new(counts, has_rows));
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.left.is_empty() {
            let some = spare.made.clamp(1, AT_ONCE);
            spare.made += some;
            spare.left.extend((0..some).map(|_| new()));
        }
        spare.left.pop().unwrap_or_else(new)
    }
}

/// Each row: its first word, its values.
fn rows_of(mut words: &[u64]) -> impl Iterator<Item = (u64, &[u64])> {
    std::iter::from_fn(move || {
        let (first, behind) = words.split_first()?;
        let (values, next) = behind.split_at_checked((*first >> COUNT) as usize)?;
        words = next;
        Some((*first, values))
    })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn row(values: &[(u8, f64)]) -> Row {
        let mut row = Row::default();
        for (place, value) in values {
            row.put(1 << place, *value);
        }
        row
    }

    fn taken(part: &Part) -> Vec<(usize, Vec<f64>)> {
        let mut all = Vec::new();
        part.hold().take(|place, values| all.push((place, values.to_vec())));
        all
    }

    #[test]
    fn sums_are_told_apart_however_many_threads_hold_their_part() {
        const SUMS: u8 = 40;
        let part = Part::new(SUMS.into(), false);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for round in 0..u64::from(SUMS) * 100 {
                        let place = u8::try_from(round % u64::from(SUMS)).unwrap();
                        part.hold().add(place, place.into());
                    }
                });
            }
        });
        for place in 0..SUMS {
            assert_eq!(part.read(place.into()), 8 * 100 * u64::from(place));
        }
    }

    #[test]
    fn rows_come_back_by_distribution_in_the_order_of_their_spans() {
        let part = Part::new(0, true);
        let rows = [row(&[(0, 1.0), (5, 2.0), (15, 3.0)]), row(&[(5, 4.0)]), row(&[(0, 5.0), (15, 6.0)])];
        let mut held = part.hold();
        for row in &rows {
            held.push(row);
        }
        drop(held);
        assert_eq!(taken(&part), [(0, vec![1.0, 5.0]), (5, vec![2.0, 4.0]), (15, vec![3.0, 6.0])]);
        assert_eq!(taken(&part), [], "they are kept no longer");
    }

    #[test]
    fn a_part_has_room_for_two_dozen_rows_of_three_and_they_all_come_back() {
        let part = Part::new(0, true);
        let mut held = part.hold();
        let mut kept = 0_u32;
        while held.has_room(&row(&[(0, 0.0), (1, 0.0), (2, 0.0)])) {
            held.push(&row(&[(0, kept.into()), (1, 1.0), (2, 2.0)]));
            kept += 1;
        }
        drop(held);
        let first: Vec<f64> = (0..kept).map(f64::from).collect();
        assert_eq!((kept, taken(&part)[0].clone()), (24, (0, first)));
    }

    #[test]
    fn what_is_not_finite_is_no_measurement() {
        let row = row(&[(0, f64::NAN), (1, 1.0), (2, f64::INFINITY), (3, f64::NEG_INFINITY)]);
        assert_eq!((row.places(), row.values), (0b10, 1));
    }

    #[test]
    fn a_row_takes_no_more_values_than_it_has_room_for() {
        let part = Part::new(0, true);
        part.hold().push(&row(&(0..20).map(|place| (place, f64::from(place))).collect::<Vec<_>>()));
        assert_eq!(taken(&part).len(), MAX_ROW);
    }

    #[test]
    fn a_part_that_somebody_holds_is_not_waited_for() {
        let part = Arc::new(Part::new(1, false));
        let held = part.try_hold();
        assert!(held.is_some() && part.try_hold().is_none());
        drop(held);
        assert!(part.try_hold().is_some());
    }

    #[test]
    fn a_panic_of_one_who_holds_it_shuts_nobody_out() {
        let part = Arc::new(Part::new(1, true));
        let other = Arc::clone(&part);
        let panics = thread::spawn(move || {
            let mut held = other.hold();
            held.add(0, 1);
            held.push(&row(&[(0, 1.0)]));
            panic!("while it holds it");
        });
        assert!(panics.join().is_err());
        part.try_hold().unwrap().add(0, 1);
        assert_eq!((part.read(0), taken(&part)), (2, vec![(0, vec![1.0])]));
    }
}
