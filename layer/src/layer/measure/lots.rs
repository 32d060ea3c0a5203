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
use crate::metrics::{HandOver, HeldPart, Part};
use gaps::Gaps;

/// Where values wait.
#[derive(Default)]
pub(super) struct Lots {
    /// All parts of all series that have distributions.
    parts: Mutex<Vec<(Arc<Part>, Arc<Series>)>>,
    gaps: Gaps,
    /// The threads that hand over these.
    by: Mutex<Vec<usize>>,
    /// Whether whoever does is to look at all of them once more.
    again: AtomicBool,
}

impl Lots {
    pub(super) fn add(&self, part: &Arc<Part>, series: &Arc<Series>) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).push((Arc::clone(part), Arc::clone(series)));
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
            // Whoever meets a new series does not wait until all others are read.
            let all = self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for (part, series) in &all {
                // Who hands over on another thread holds the part until that is done: nothing is on its way when this returns.
                series.take(&mut part.hold());
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

/// Makes room in a part of a series. The part is held meanwhile, so that whoever collects waits for what was taken out of it.
#[cold]
pub(super) fn make_room(series: &Series, part: &mut HeldPart<'_>) {
    // It is measuring, and so handing nothing over.
    let _alone = Alone::hand_over();
    series.take(part);
}
