//! The end of a pipeline: once, by one thread, in the process that has made it.

use std::{
    process,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use super::worker::{Losses, Running};

/// How the end went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Sinks that were not done in time, `metrics` among them where their last export was not.
    pub late: Vec<String>,
    /// What each sink has lost in its life, where it lost something: also what a late one had not written yet. Of `metrics` it is one, where
    /// their last export failed.
    pub losses: Vec<(String, Losses)>,
}

impl ShutdownReport {
    /// Whether all that was taken in was written.
    pub fn is_complete(&self) -> bool {
        self.late.is_empty() && self.losses.is_empty()
    }
}

impl ShutdownReport {
    pub(crate) fn add(&mut self, sink: &dyn Running, is_done: bool) {
        let mut losses = sink.losses();
        if !is_done {
            self.late.push(sink.name().to_owned());
            losses.failed += sink.pending();
        }
        if losses.total() > 0 {
            self.losses.push((sink.name().to_owned(), losses));
        }
    }
}

/// The end of a pipeline.
#[derive(Debug)]
pub(crate) struct Ending {
    /// A forked child has none of the threads.
    process: u32,
    /// Who ends it now.
    by: Mutex<Option<ThreadId>>,
    report: Mutex<Option<ShutdownReport>>,
}

impl Default for Ending {
    fn default() -> Self {
        Self { process: process::id(), by: Mutex::default(), report: Mutex::default() }
    }
}

impl Ending {
    /// Ends it, unless somebody has; who comes meanwhile waits for the same report. Where what is told on the way ends the program in its
    /// turn, on this same thread, there is nothing to wait for.
    pub(crate) fn once(&self, end: impl FnOnce() -> ShutdownReport) -> ShutdownReport {
        let this = thread::current().id();
        if process::id() != self.process || *lock(&self.by) == Some(this) {
            return ShutdownReport::default();
        }
        let mut report = lock(&self.report);
        if let Some(report) = &*report {
            return report.clone();
        }
        *lock(&self.by) = Some(this);
        let ended = end();
        *lock(&self.by) = None;
        report.insert(ended).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(late: &str) -> ShutdownReport {
        ShutdownReport { late: vec![late.to_owned()], ..ShutdownReport::default() }
    }

    #[test]
    fn it_ends_once() {
        let ending = Ending::default();
        assert_eq!(ending.once(|| report("first")), report("first"));
        assert_eq!(ending.once(|| report("second")), report("first"));
    }

    #[test]
    fn an_end_within_the_end_waits_for_nothing() {
        let ending = Ending::default();
        let within = ending.once(|| ending.once(|| report("within")));
        assert_eq!(within, ShutdownReport::default());
    }

    #[test]
    fn a_child_of_the_process_has_nothing_to_end() {
        let ending = Ending { process: process::id() + 1, ..Ending::default() };
        assert_eq!(ending.once(|| report("child")), ShutdownReport::default());
    }
}
