//! What the layer keeps of a span for metrics alone, beside what checks need.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{intern::Symbol, quantity::Quantity};
use crate::metrics::{Cell, this_thread};

/// What is kept of a span for metrics alone. Most calls need none of it.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// What was recorded of fields that only metrics ask for.
    pub(crate) cells: Box<[SpanCell]>,
    pub(crate) times: Times,
    /// The sums that this span is a part of while it is open, or waits.
    held: Vec<Held>,
}

/// What was recorded of a field.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpanCell {
    pub(crate) is_recorded: bool,
    pub(crate) symbol: Symbol,
    pub(crate) number: Option<Quantity>,
}

impl Beside {
    pub(crate) fn new(cells: usize) -> Self {
        Self { cells: vec![SpanCell::default(); cells].into(), ..Self::default() }
    }

    /// Adds what was recorded later.
    pub(crate) fn merge(&mut self, later: &Self) {
        for (cell, later) in self.cells.iter_mut().zip(&later.cells).filter(|(_, later)| later.is_recorded) {
            *cell = *later;
        }
    }

    pub(crate) fn cell(&self, at: u8) -> SpanCell {
        self.cells.get(usize::from(at)).copied().unwrap_or_default()
    }

    pub(crate) fn hold(&mut self, held: Vec<Held>) {
        self.held = held;
    }

    /// The span was entered.
    pub(crate) fn enter(&mut self, now: Instant) {
        self.times.enter(now);
        self.held.retain(|held| !held.waits);
    }
}

/// When a span was entered, and for how long. Of one that is entered several times at once, the time is counted once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) first: Option<Instant>,
    since: Option<Instant>,
    depth: u32,
    busy: Duration,
}

impl Times {
    fn enter(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        if self.depth == 0 {
            self.since = Some(now);
        }
        self.depth = self.depth.saturating_add(1);
    }

    pub(crate) fn exit(&mut self, now: Instant) {
        self.depth = self.depth.saturating_sub(1);
        if let Some(since) = self.since.take_if(|_| self.depth == 0) {
            self.busy += now.saturating_duration_since(since);
        }
    }

    pub(crate) fn busy(&self, now: Instant) -> Duration {
        self.busy + self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

/// One in a sum, for as long as this is kept.
#[derive(Debug)]
pub(crate) struct Held {
    cell: Arc<Cell>,
    /// Only until the span is first entered.
    waits: bool,
}

impl Held {
    pub(crate) fn new(cell: Arc<Cell>, waits: bool) -> Self {
        cell.add(1, this_thread());
        Self { cell, waits }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // One less: sums are kept in two's complement.
        self.cell.add(u64::MAX, this_thread());
    }
}
