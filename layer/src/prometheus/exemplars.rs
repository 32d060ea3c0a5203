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
    exemplar: Exemplar,
    pub(super) value: f64,
    /// Seconds since 1970.
    pub(super) at: f64,
}

impl Told {
    /// The ids that there are, with their names.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&'static str, &str)> {
        labels(&self.exemplar)
    }
}

/// One a bucket.
pub(super) struct Exemplars(Box<[Mutex<Option<Told>>]>);

impl Exemplars {
    pub(super) fn new(buckets: usize) -> Self {
        Self((0..buckets).map(|_| Mutex::default()).collect())
    }

    /// Notes the value; not where another thread is about to, or a scrape reads it: any recent one will do, and nobody waits.
    pub(super) fn note(&self, bucket: usize, value: f64, exemplar: &Exemplar) {
        if !leads_somewhere(exemplar) {
            return;
        }
        let mut place = match self.0[bucket].try_lock() {
            Ok(place) => place,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        let told = place.get_or_insert_with(|| Told { exemplar: exemplar.clone(), value, at });
        // Into the texts that are there: nothing is allocated but for the first.
        told.exemplar.trace_id.clone_from(&exemplar.trace_id);
        told.exemplar.span_id.clone_from(&exemplar.span_id);
        (told.value, told.at) = (value, at);
    }

    pub(super) fn get(&self, bucket: usize) -> Option<Told> {
        self.0[bucket].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn labels(exemplar: &Exemplar) -> impl Iterator<Item = (&'static str, &str)> {
    [(TRACE_ID, exemplar.trace_id.as_str()), (SPAN_ID, exemplar.span_id.as_str())].into_iter().filter(|(_, id)| !id.is_empty())
}

/// Not without a trace's id. Ids that are longer than the format allows are none of OpenTelemetry's.
fn leads_somewhere(exemplar: &Exemplar) -> bool {
    let characters: usize = labels(exemplar).map(|(name, id)| name.len() + id.chars().count()).sum();
    !exemplar.trace_id.is_empty() && characters <= MAX_CHARACTERS
}
