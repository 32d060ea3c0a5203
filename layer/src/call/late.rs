//! What a call's body records while it runs, kept until the call ends: a field recorded twice is exported twice.

use std::sync::{Mutex, PoisonError};

use super::chunk_times::{self, ChunkTimes};
use crate::usage::Report;
#[cfg(feature = "json")]
use crate::usage::Usage;

/// Shared between a call and the handles on it.
#[derive(Debug, Default)]
pub(super) struct Late(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    recorded: Recorded,
}

/// What was recorded.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) report: Report<'static>,
    pub(super) model: Option<String>,
    /// When chunks came, while that is measured.
    pub(super) times: ChunkTimes,
}

impl Recorded {
    /// A chunk has come.
    pub(super) fn chunk(&mut self, chunk: Report<'_>) {
        let at = chunk_times::now();
        self.report.chunk(chunk, at);
        if let Some(at) = at {
            self.times.push(at);
        }
    }
}

impl Late {
    /// Changes what is recorded; `false` where the call has ended.
    pub(super) fn record(&self, change: impl FnOnce(&mut Recorded)) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.closed {
            change(&mut state.recorded);
        }
        !state.closed
    }

    /// Takes what was recorded; later records are refused.
    pub(super) fn close(&self) -> Recorded {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed = true;
        std::mem::take(&mut state.recorded)
    }

    /// The usage recorded so far.
    #[cfg(feature = "json")]
    pub(super) fn usage(&self) -> Option<Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).recorded.report.usage
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).closed
    }
}
