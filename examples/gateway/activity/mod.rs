//! What is active now, and outlives spans: gauges tell it.

mod file;
mod heard;
mod mirror;
mod state;

#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc, time::Duration};

use self::{
    mirror::Mirrored,
    state::{Clock, State, system},
};

/// What is active now.
pub(crate) struct Activity {
    state: Arc<State>,
    /// Where other workers see it; `None` where there are none.
    mirrored: Option<Mirrored>,
}

/// How many there are, in all workers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) sessions: u64,
    pub(crate) models: u64,
    pub(crate) sampling_sessions: u64,
    pub(crate) futures: u64,
}

/// Something that is active as long as this is kept.
pub(crate) struct Lease {
    activity: Arc<Activity>,
    open: Open,
}

/// What is open until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Sampling,
    Future,
}

impl Activity {
    /// Of this process alone. What was not heard of for so long is not active any more.
    pub(crate) fn of_process(idle: Duration) -> Arc<Self> {
        Self::with(idle, system())
    }

    fn with(idle: Duration, clock: Clock) -> Arc<Self> {
        Arc::new(Self { state: Arc::new(State::new(idle, clock)), mirrored: None })
    }

    /// Shared by the workers that have this file, which may be that of the conversations. A thread of its own reads and writes it. An error
    /// is a file that can't be opened; what fails later is told by a warning, and tried again.
    pub(crate) fn shared(file: &Path, worker: u32, idle: Duration) -> Result<Arc<Self>, String> {
        let state = Arc::new(State::new(idle, system()));
        let mirrored = Mirrored::start(file, worker, &state)?;
        Ok(Arc::new(Self { state, mirrored: Some(mirrored) }))
    }

    /// A session was heard of.
    pub(crate) fn session(&self, id: &str) {
        self.state.sessions.hear(id);
    }

    /// A model was asked.
    pub(crate) fn model(&self, name: &str) {
        self.state.models.hear(name);
    }

    /// An answer is being streamed.
    pub(crate) fn sampling(self: &Arc<Self>) -> Lease {
        self.lease(Open::Sampling)
    }

    /// A background response is not there yet.
    pub(crate) fn future(self: &Arc<Self>) -> Lease {
        self.lease(Open::Future)
    }

    fn lease(self: &Arc<Self>, open: Open) -> Lease {
        self.state.opened(open);
        Lease { activity: Arc::clone(self), open }
    }

    /// As they were a moment ago: it does not wait for the file, for gauges.
    pub(crate) fn counts(&self) -> Counts {
        let own = self.state.counts();
        self.mirrored.as_ref().map_or(own, |mirrored| mirrored.with_others(own))
    }

    /// Deletes what dead workers have left in the file and what is idle: soon, by the thread. One of the workers is to call it, now and then.
    pub(crate) fn clean_up(&self) {
        self.state.ask_to_clean_up();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.activity.state.closed(self.open);
    }
}
