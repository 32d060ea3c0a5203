//! What a capture has seen, shared between its guard and the layer.

use std::{
    panic::Location,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use llm_span_contract::{Observed, Outcome, Value, keys};
use tracing::Metadata;

use super::read::Record;

/// The spans of one capture. The lock is held for a push, never while code of a user's runs.
#[derive(Debug, Default)]
pub(super) struct Store(Mutex<Seen>);

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) spans: Vec<SpanData>,
    pub(super) losses: Vec<Loss>,
    /// How many probes have arrived: a capture that sees its probe is in force.
    pub(super) probes: usize,
}

/// A record on a call where none was under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) what: &'static str,
    pub(super) location: &'static Location<'static>,
}

/// A span as it was seen.
#[derive(Clone, Debug)]
pub(super) struct SpanData {
    pub(super) metadata: &'static Metadata<'static>,
    pub(super) id: u64,
    /// The place of the parent in the same capture.
    pub(super) parent: Option<usize>,
    /// All records, in order.
    pub(super) records: Vec<Record>,
    pub(super) opened: Instant,
    /// When the outcome was recorded, which ends a call.
    pub(super) finished: Option<Instant>,
    pub(super) closed: Option<Instant>,
}

impl Store {
    pub(super) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a span, and returns its place.
    pub(super) fn open(&self, span: SpanData) -> usize {
        let mut seen = self.lock();
        seen.spans.push(span);
        seen.spans.len() - 1
    }

    pub(super) fn record(&self, place: usize, records: &[Record]) {
        if let Some(span) = self.lock().spans.get_mut(place) {
            span.record(records);
        }
    }

    pub(super) fn close(&self, place: usize) {
        if let Some(span) = self.lock().spans.get_mut(place) {
            span.closed = Some(Instant::now());
        }
    }
}

impl SpanData {
    pub(super) fn new(metadata: &'static Metadata<'static>, id: u64, parent: Option<usize>, records: &[Record]) -> Self {
        let opened = Instant::now();
        let mut span = Self { metadata, id, parent, records: Vec::new(), opened, finished: None, closed: None };
        span.record(records);
        span
    }

    fn record(&mut self, records: &[Record]) {
        if self.finished.is_none() && records.iter().any(|(key, _)| *key == keys::LLM_OUTCOME) {
            self.finished = Some(Instant::now());
        }
        self.records.extend_from_slice(records);
    }

    /// The value that holds for `key`: the last one recorded.
    pub(super) fn get(&self, key: &str) -> Option<&Value<'static>> {
        self.records.iter().rev().find(|(recorded, _)| *recorded == key).map(|(_, value)| value)
    }

    /// The span as contracts look at it.
    pub(super) fn observed(&self) -> Observed<'_> {
        let span = Observed::new(self.metadata.name());
        self.records.iter().fold(span, |span, (key, value)| span.with(*key, value.clone()))
    }

    /// How it ended, if it has: by its recorded outcome, else by what was recorded until it closed.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        (self.finished.is_some() || self.closed.is_some()).then(|| self.observed().outcome())
    }
}
