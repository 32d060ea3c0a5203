//! Counters with their labels.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use llm_span_contract::decimal;

use super::cell::Cell;

/// Labels of a measurement: name and value, in the metric's order. A label without a value is left out.
pub type Labels = [(Cow<'static, str>, Arc<str>)];

/// The cells of one counter, by their labels.
#[derive(Debug, Default)]
pub(crate) struct Cells(Mutex<HashMap<Box<Labels>, Arc<Cell>>>);

impl Cells {
    /// The cell of these labels; asked once a series, not once a span.
    pub(crate) fn cell(&self, labels: &Labels) -> Arc<Cell> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(labels) {
            return Arc::clone(cell);
        }
        let cell = Arc::new(Cell::new());
        cells.insert(labels.into(), Arc::clone(&cell));
        cell
    }
}

/// Reads the values of a counter.
#[derive(Clone)]
pub struct CounterReader(pub(crate) Arc<Cells>);

impl fmt::Debug for CounterReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CounterReader").finish_non_exhaustive()
    }
}

impl CounterReader {
    /// Gives each set of labels with its value so far.
    pub fn read(&self, each: impl FnMut(&Labels, u64)) {
        self.0.read(each);
    }
}

impl Cells {
    /// Gives each set of labels with its value so far; the lock is not held meanwhile.
    fn read(&self, mut each: impl FnMut(&Labels, u64)) {
        let cells: Vec<_> = {
            let cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            cells.iter().map(|(labels, cell)| (labels.clone(), Arc::clone(cell))).collect()
        };
        for (labels, cell) in cells {
            each(&labels, cell.read());
        }
    }
}

/// Reads the values of a counter of fractions. They are kept in whole billionths, so that sums are exact, and told as they are meant.
#[derive(Clone)]
pub struct DecimalReader(pub(crate) Arc<Cells>);

impl fmt::Debug for DecimalReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecimalReader").finish_non_exhaustive()
    }
}

impl DecimalReader {
    /// Gives each set of labels with its value so far, in the metric's unit.
    pub fn read(&self, mut each: impl FnMut(&Labels, f64)) {
        self.read_billionths(|labels, billionths| each(labels, decimal::amount(billionths)));
    }

    /// The same in billionths: values of several readers are added up before they are rounded to a double.
    pub fn read_billionths(&self, each: impl FnMut(&Labels, u64)) {
        self.0.read(each);
    }
}
