//! Ids made here, for spans OpenTelemetry does not know.
//!
//! Each thread hashes a counter with keys the operating system gave it (the standard library's `RandomState`). A trace
//! id also takes in the process id and the time, so that a forked process, which inherits keys and counter, makes
//! other ids than its parent and its siblings. A span id takes in its trace id.

use super::SpanIds;
use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

/// Own ids are never marked as sampled: nothing records these spans.
const NOT_SAMPLED: u8 = 0;

thread_local! {
    static KEYS: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
}

/// A new trace id, never zero.
pub(super) fn trace_id() -> u128 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let seed = (std::process::id(), time);
    (u128::from(random((seed, 0_u8))) << 64) | u128::from(random((seed, 1_u8)))
}

/// Ids of a new span in the trace of that id.
pub(super) fn ids(trace_id: u128) -> SpanIds {
    loop {
        if let Some(ids) = SpanIds::new(trace_id.max(1), random(trace_id), NOT_SAMPLED) {
            return ids;
        }
    }
}

/// A random number, never zero.
fn random(seed: impl std::hash::Hash) -> u64 {
    KEYS.with(|(keys, counter)| {
        let count = counter.get().wrapping_add(1);
        counter.set(count);
        keys.hash_one((count, seed)).max(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_of_one_thread_do_not_repeat() {
        let traces: HashSet<u128> = (0..10_000).map(|_| trace_id()).collect();
        let spans: HashSet<u64> = (0..10_000).map(|_| ids(7).span_id()).collect();
        assert_eq!((traces.len(), spans.len()), (10_000, 10_000));
    }

    #[test]
    fn threads_make_different_ids() {
        let make = || std::thread::spawn(|| (trace_id(), ids(7).span_id())).join();
        let (one, two) = (make().expect("joins"), make().expect("joins"));
        assert_ne!(one.0, two.0);
        assert_ne!(one.1, two.1);
    }

    #[test]
    fn own_ids_are_not_sampled() {
        assert_eq!(ids(trace_id()).flags_hex(), b"00");
    }
}
