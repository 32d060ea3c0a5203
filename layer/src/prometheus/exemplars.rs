//! The trace of the last value that each bucket of a histogram took.

use std::{
    sync::{Mutex, PoisonError, TryLockError},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::metrics::Exemplar;

/// OpenMetrics allows so many characters of names and values.
const MAX_CHARACTERS: usize = 128;
const TRACE_ID: &str = "trace_id";
const SPAN_ID: &str = "span_id";

/// A value, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: f64,
    /// Seconds since 1970.
    pub(super) at: f64,
}

/// One a bucket.
pub(super) struct Exemplars(Box<[Mutex<Option<Told>>]>);

impl Exemplars {
    pub(super) fn new(buckets: usize) -> Self {
        Self((0..buckets).map(|_| Mutex::default()).collect())
    }

    /// Notes the value; not where another thread is about to, or a scrape reads it: any recent one will do, and nobody waits.
    pub(super) fn note(&self, bucket: usize, value: f64, exemplar: &Exemplar) {
        let Some(labels) = labels(exemplar) else { return };
        let mut place = match self.0[bucket].try_lock() {
            Ok(place) => place,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        *place = Some(Told { labels, value, at });
    }

    pub(super) fn get(&self, bucket: usize) -> Option<Told> {
        self.0[bucket].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// None without a trace's id: it would lead nowhere. Ids that are longer than the format allows are none of OpenTelemetry's.
fn labels(exemplar: &Exemplar) -> Option<Vec<(&'static str, String)>> {
    if exemplar.trace_id.is_empty() {
        return None;
    }
    let ids = [(TRACE_ID, &exemplar.trace_id), (SPAN_ID, &exemplar.span_id)];
    let labels: Vec<_> = ids.into_iter().filter(|(_, id)| !id.is_empty()).map(|(name, id)| (name, id.clone())).collect();
    let characters: usize = labels.iter().map(|(name, id)| name.len() + id.chars().count()).sum();
    (characters <= MAX_CHARACTERS).then_some(labels)
}
