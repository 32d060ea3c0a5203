//! The thread that makes the instruments of a sink.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Instant,
};

use llm_span_contract::Metric;
use opentelemetry::Context;

use crate::{
    guard,
    metrics::{MetricSink, Reader},
};

/// Has a sink make instruments, on a thread of its own that starts with the first one: nobody waits.
///
/// OpenTelemetry holds a lock while it collects, and what it collects may take its time, or emit a metric of a new name itself. What is emitted
/// before its instrument is there is kept, and told by the first collection that has the instrument.
pub(super) struct Registrar {
    sink: Arc<dyn MetricSink>,
    /// Once the thread runs. It ends with this.
    jobs: Mutex<Option<Sender<Job>>>,
}

enum Job {
    Make(Box<Metric>, Reader),
    /// To be dropped when what came before is done.
    Mark(Sender<()>),
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrar").finish_non_exhaustive()
    }
}

impl Registrar {
    pub(super) fn new(sink: Box<dyn MetricSink>) -> Self {
        Self { sink: sink.into(), jobs: Mutex::default() }
    }

    /// Has the instrument made soon.
    pub(super) fn register(&self, metric: &Metric, reader: &Reader) -> io::Result<()> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match &*jobs {
            Some(sender) => sender,
            None => jobs.insert(self.start()?),
        };
        // The thread ends when this is dropped, not before.
        let _ = sender.send(Job::Make(Box::new(metric.clone()), reader.clone()));
        Ok(())
    }

    /// When what was asked for so far is done, this is disconnected; at once where nothing was.
    pub(super) fn mark(&self) -> Receiver<()> {
        let (done, is_done) = mpsc::channel();
        if let Some(jobs) = &*self.jobs.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = jobs.send(Job::Mark(done));
        }
        is_done
    }

    fn start(&self) -> io::Result<Sender<Job>> {
        let (sender, jobs) = mpsc::channel();
        let sink = Arc::clone(&self.sink);
        let work = move || {
            let _quiet = tracing::dispatcher::set_default(&tracing::Dispatch::none());
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            for job in jobs {
                match job {
                    // One that panics takes nothing from the others.
                    Job::Make(metric, reader) => _ = guard::run(|| sink.observed(&metric, reader)),
                    Job::Mark(done) => drop(done),
                }
            }
        };
        thread::Builder::new().name("llm-span instr".into()).spawn(work).map(|_| sender)
    }
}

/// Waits until the receiver is disconnected; whether it was in time.
pub(super) fn is_over(mark: &Receiver<()>, deadline: Instant) -> bool {
    let left = deadline.saturating_duration_since(Instant::now());
    matches!(mark.recv_timeout(left), Err(mpsc::RecvTimeoutError::Disconnected))
}
