//! The end of a pipeline: once, by one thread, in the process that has made it.

use std::{
    process,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use super::guard::ShutdownReport;

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
