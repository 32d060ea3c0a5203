//! What is active in this process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{Counts, Open, heard::Heard};

/// Milliseconds since 1970.
pub(super) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The system's clock: processes have no other in common.
pub(super) fn system() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        millis(since)
    })
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) struct State {
    pub(super) sessions: Heard,
    pub(super) models: Heard,
    sampling: AtomicU64,
    futures: AtomicU64,
    wants_clean_up: AtomicBool,
    clock: Clock,
}

impl State {
    pub(super) fn new(idle: Duration, clock: Clock) -> Self {
        let heard = || Heard::new(millis(idle), Arc::clone(&clock));
        let (sessions, models) = (heard(), heard());
        Self {
            sessions,
            models,
            sampling: AtomicU64::new(0),
            futures: AtomicU64::new(0),
            wants_clean_up: AtomicBool::new(false),
            clock,
        }
    }

    pub(super) fn now(&self) -> i64 {
        (self.clock)()
    }

    pub(super) fn opened(&self, open: Open) {
        self.number(open).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn closed(&self, open: Open) {
        self.number(open).fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn open(&self, open: Open) -> u64 {
        self.number(open).load(Ordering::Relaxed)
    }

    fn number(&self, open: Open) -> &AtomicU64 {
        match open {
            Open::Sampling => &self.sampling,
            Open::Future => &self.futures,
        }
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            sessions: self.sessions.count(),
            models: self.models.count(),
            sampling_sessions: self.open(Open::Sampling),
            futures: self.open(Open::Future),
        }
    }

    pub(super) fn ask_to_clean_up(&self) {
        self.wants_clean_up.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for; once.
    pub(super) fn takes_clean_up(&self) -> bool {
        self.wants_clean_up.swap(false, Ordering::Relaxed)
    }
}
