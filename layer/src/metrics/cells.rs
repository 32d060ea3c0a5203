//! What is kept of a metric, by its labels: so many sets of them, and one for all the others.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Cell, Labels, MAX_SERIES, Number, Read};

/// Something for each set of labels of one metric, at most [`MAX_SERIES`] of them and one for the others.
pub(crate) struct Cells<C: ?Sized>(Mutex<HashMap<Labels, Arc<C>>>);

impl<C: ?Sized> Default for Cells<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: ?Sized> fmt::Debug for Cells<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cells").finish_non_exhaustive()
    }
}

impl<C: ?Sized> Cells<C> {
    /// That of these labels; asked once a series, not once a span.
    pub(crate) fn get(&self, labels: &Labels, new: impl Fn(&Labels) -> Arc<C>) -> Arc<C> {
        if let Some(cell) = self.lock().get(labels) {
            return Arc::clone(cell);
        }
        let labels = if self.lock().len() < MAX_SERIES { labels.clone() } else { Labels::overflow() };
        // Made without the lock: what makes it may be the user's.
        let cell = new(&labels);
        let mut cells = self.lock();
        if cells.len() >= MAX_SERIES && !cells.contains_key(&labels) && labels != Labels::overflow() {
            // Other threads were faster, and took the room.
            drop(cells);
            return self.get(&Labels::overflow(), new);
        }
        Arc::clone(cells.entry(labels).or_insert(cell))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Labels, Arc<C>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them; the lock is not held when they are read.
    pub(crate) fn all(&self) -> Vec<(Labels, Arc<C>)> {
        let cells = self.lock();
        cells.iter().map(|(labels, cell)| (labels.clone(), Arc::clone(cell))).collect()
    }
}

/// The sums of a metric, told as numbers of its kind.
#[derive(Debug)]
pub(crate) struct Sums {
    cells: Cells<Cell>,
    new: fn() -> Cell,
    number: fn(u64) -> Number,
}

impl Sums {
    /// Kept in cells of that make.
    pub(crate) fn new(new: fn() -> Cell, number: fn(u64) -> Number) -> Self {
        Self { cells: Cells::default(), new, number }
    }

    /// The cell of these labels.
    pub(crate) fn cell(&self, labels: &Labels) -> Arc<Cell> {
        self.cells.get(labels, |_| Arc::new((self.new)()))
    }
}

impl Read for Arc<Sums> {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        for (labels, cell) in self.cells.all() {
            each(&labels, (self.number)(cell.read()));
        }
    }
}
