//! Values of distributions that are handed over to sinks in lots.

mod gaps;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::{
    alone::{self, Alone},
    series::Series,
};
use crate::metrics::{HandOver, HeldPart, Part, Row, Rows, Spare};
use gaps::Gaps;

/// So many parts keep values back, 384 bytes each. Values of the others are handed over one by one, which costs their spans more, until parts of
/// which none has come between two collections have let go of their room.
const MAX_KEEPING: usize = 8_192;

/// Where values wait.
#[derive(Default)]
pub(super) struct Lots {
    /// All parts of all series that have distributions.
    parts: boxcar::Vec<(Arc<Part>, Arc<Series>)>,
    /// Where parts keep their values.
    rows: Spare<Box<Rows>>,
    gaps: Gaps,
    /// The threads that hand over these.
    by: Mutex<Vec<usize>>,
    /// Whether whoever does is to look at all of them once more.
    again: AtomicBool,
}

impl Lots {
    pub(super) fn add(&self, part: &Arc<Part>, series: &Arc<Series>) {
        self.parts.push((Arc::clone(part), Arc::clone(series)));
    }

    /// Makes room in a part of a series, for a row. The part is held meanwhile, so that whoever collects waits for what was taken out of it.
    #[cold]
    pub(super) fn make_room(&self, series: &Series, part: &mut HeldPart<'_>, row: &Row) {
        // It is measuring, and so handing nothing over.
        let _alone = Alone::hand_over();
        series.take(part);
        if !part.has_rows()
            && let Some(rows) = self.rows.take(MAX_KEEPING, Box::default)
        {
            part.keep(rows);
        }
        if part.has_rows() {
            part.push(row);
        } else {
            row.each().for_each(|(place, value)| series.record_all(place, &[value]));
        }
    }

    /// Keeps the times between the chunks of a call for what is bound there in its series; `false` where they are to be recorded at once.
    pub(super) fn keep_gaps(&self, series: &Arc<Series>, place: usize, gaps: &[f32]) -> bool {
        self.gaps.keep(series, place, gaps)
    }

    /// Hands over what is left when nothing is added any more. Nobody asks again: so it does not matter what this thread is doing, which may be to
    /// hand over what another layer has measured, to a sink that drops this one.
    pub(super) fn hand_over_last(&self) {
        let _alone = Alone::hand_over_besides();
        let thread = alone::thread();
        if self.by().contains(&thread) {
            // To a sink that drops the layer whose values it is told: parts may be held.
            self.again.store(true, Ordering::Relaxed);
        } else {
            self.hand_over_by(thread);
        }
    }

    fn hand_over_by(&self, thread: usize) {
        self.by().push(thread);
        loop {
            for (_, (part, series)) in &self.parts {
                // Who hands over on another thread holds the part until that is done: nothing is on its way when this returns.
                let mut part = part.hold();
                if let Some(rows) = part.let_go() {
                    self.rows.give(rows);
                } else {
                    series.take(&mut part);
                }
            }
            self.gaps.hand_over();
            if !self.again.swap(false, Ordering::Relaxed) {
                break;
            }
        }
        self.by().retain(|other| *other != thread);
    }

    fn by(&self) -> MutexGuard<'_, Vec<usize>> {
        self.by.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandOver for Lots {
    fn hand_over(&self) {
        if let Some(_alone) = Alone::hand_over() {
            self.hand_over_by(alone::thread());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layer::measure::target::Bound,
        metrics::{Exemplar, HistogramPoint},
    };

    /// Keeps what it is told.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<f64>>>);

    impl Told {
        fn all(&self) -> Vec<f64> {
            self.0.lock().unwrap().clone()
        }
    }

    impl HistogramPoint for Told {
        fn record(&self, value: f64, _: Option<&Exemplar>) {
            self.0.lock().unwrap().push(value);
        }
    }

    /// Keeps a value in a part, as it is kept at the end of a span.
    fn keep(lots: &Lots, (part, series): &(Arc<Part>, Arc<Series>), value: f64) {
        let (mut row, mut part) = (Row::default(), part.hold());
        row.put(1, value);
        if part.has_room(&row) {
            part.push(&row);
        } else {
            lots.make_room(series, &mut part, &row);
        }
    }

    #[test]
    fn values_that_no_part_has_room_for_are_handed_over_at_once_until_others_let_go_of_theirs() {
        let (lots, told) = (Lots::default(), Told::default());
        let series = Arc::new(Series::new(1));
        _ = series.bound(0, || Bound::Point(Arc::new(told.clone())));
        let part = || {
            let part = Arc::new(Part::new(0));
            lots.add(&part, &series);
            (part, Arc::clone(&series))
        };
        let keeping: Vec<_> = (0..MAX_KEEPING).map(|_| part()).collect();
        for part in &keeping {
            keep(&lots, part, 1.0);
        }
        assert!(told.all().is_empty());
        let late = part();
        keep(&lots, &late, 2.0);
        keep(&lots, &late, 3.0);
        assert_eq!(told.all(), [2.0, 3.0]);
        lots.hand_over();
        assert_eq!(told.all().len(), 2 + MAX_KEEPING);
        keep(&lots, &keeping[0], 4.0);
        keep(&lots, &late, 5.0);
        assert_eq!(told.all().len(), 3 + MAX_KEEPING, "all have their room still");
        // Of all but one of them none has come since.
        lots.hand_over();
        keep(&lots, &late, 6.0);
        assert_eq!(told.all().len(), 4 + MAX_KEEPING);
        lots.hand_over();
        assert_eq!(told.all()[3 + MAX_KEEPING..], [4.0, 6.0]);
    }
}
