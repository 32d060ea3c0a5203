//! The gauges that the leader tells.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use llm_span::{GaugeError, Gauges};

use crate::activity::Counts;

/// How many conversations are stored, as they were counted last: who collects metrics does not wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversations(Arc<AtomicU64>);

impl Conversations {
    pub(super) fn set(&self, count: u64) {
        self.0.store(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One of the counts.
type Of = fn(Counts) -> u64;

/// Tells what is active in all workers together, and how many conversations they have stored.
pub(super) fn register_gauges(
    gauges: &Gauges,
    counts: impl Fn() -> Counts + Clone + Send + Sync + 'static,
    backend: &str,
    conversations: &Conversations,
) {
    let active: [(_, Of); 4] = [
        ("twinkle.sessions.active", |counts| counts.sessions),
        ("twinkle.models.active", |counts| counts.models),
        ("twinkle.sampling_sessions.active", |counts| counts.sampling_sessions),
        ("twinkle.futures.active", |counts| counts.futures),
    ];
    for (name, of) in active {
        let counts = counts.clone();
        told(gauges.register(name, [], move || value(of(counts()))));
    }
    let conversations = conversations.clone();
    told(gauges.register("conversation_active_count", [("backend", backend)], move || value(conversations.get())));
}

/// Which metrics there are is the operator's choice.
fn told(registered: Result<(), GaugeError>) {
    if let Err(error) = registered {
        tracing::debug!(%error, "gauge left out");
    }
}

#[allow(clippy::cast_precision_loss, reason = "a count of what is active is below 2^53")]
fn value(count: u64) -> f64 {
    count as f64
}
