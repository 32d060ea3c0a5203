//! The thread that writes.

use std::{fmt, io, sync::Arc, time::Instant};

use opentelemetry::Context;
use tracing::{Dispatch, dispatcher};

use super::{
    Failure, Losses, Patience, Queue, Sink, Teller, Weigh,
    queue::{Next, Shared},
};
use crate::{guard, pipeline::settings::QueueSettings};

/// A sink at work, whatever it writes.
pub(crate) trait Running: Send + Sync + fmt::Debug {
    /// What it is called in log lines.
    fn name(&self) -> &str;
    /// Asks for what came so far to be written now.
    fn ask(&self);
    /// Waits until what came so far is written; `false` where it is not by then.
    fn flush(&self, deadline: Instant) -> bool;
    /// Begins its end: no more is taken in, and attempts to write cease then.
    fn close(&self, deadline: Instant);
    /// Waits for its end; `false` where it has not come by then.
    fn wait(&self, deadline: Instant) -> bool;
    /// What it has lost so far.
    fn losses(&self) -> Losses;
    /// How much it was handed and has not seen to yet.
    fn pending(&self) -> u64;
}

/// A sink's queue and its thread.
#[derive(Debug)]
pub(crate) struct Worker<T> {
    name: String,
    queue: Queue<T>,
    patience: Patience,
}

impl<T: Weigh + Send + 'static> Worker<T> {
    /// Starts the thread.
    pub(crate) fn start(
        name: impl Into<String>,
        settings: QueueSettings,
        sink: impl Sink<Item = T>,
        teller: Teller,
    ) -> io::Result<Self> {
        let name = name.into();
        let queue = Queue::new(name.clone(), settings, teller.clone());
        let worker = Self { name: name.clone(), queue, patience: Patience::default() };
        let (shared, patience) = (Arc::clone(&worker.queue.0), worker.patience.clone());
        // Linux shows 15 characters of it.
        let thread = std::thread::Builder::new().name(format!("llm-span {name}"));
        thread.spawn(move || run(&name, &shared, sink, &patience, &teller))?;
        Ok(worker)
    }

    /// Where items are pushed.
    pub(crate) fn queue(&self) -> Queue<T> {
        self.queue.clone()
    }
}

impl<T: Weigh + Send + fmt::Debug + 'static> Running for Worker<T> {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&self) {
        self.queue.ask();
    }

    fn flush(&self, deadline: Instant) -> bool {
        self.queue.flush(deadline)
    }

    fn close(&self, deadline: Instant) {
        self.patience.end_at(deadline);
        self.queue.close();
    }

    fn wait(&self, deadline: Instant) -> bool {
        self.queue.wait_for_end(deadline)
    }

    fn losses(&self) -> Losses {
        self.queue.losses()
    }

    fn pending(&self) -> u64 {
        self.queue.pending()
    }
}

fn run<T: Weigh, S: Sink<Item = T>>(name: &str, shared: &Arc<Shared<T>>, mut sink: S, patience: &Patience, teller: &Teller) {
    let _end = End(shared);
    let mut health = Health { name, teller, fails: false };
    let mut has_written = false;
    loop {
        let next = shared.next(has_written);
        has_written = matches!(next, Next::Write(_));
        match next {
            Next::Write(batch) => {
                let all = batch.len();
                let written = quietly(|| sink.write(batch, patience));
                let written = written.unwrap_or_else(|| Err(Failure { lost: all, why: "it has panicked".into() }));
                health.written(&written);
                shared.is_done(all, written.map_or_else(|failure| failure.lost, |()| 0));
            }
            Next::Rest => {}
            Next::End => break,
        }
        if quietly(|| sink.rest()).is_none() {
            health.written(&Err(Failure { lost: 0, why: "its housekeeping has panicked".into() }));
        }
    }
    // Closed before the end is told: whoever waits for it may end the program then.
    let _ = quietly(|| drop(sink));
}

/// What a sink does is not telemetry in its turn: neither of `tracing` nor of OpenTelemetry. For as long as it works only: while any thread
/// has a subscriber of its own, events cost all threads more.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    guard::run(|| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        dispatcher::with_default(&Dispatch::none(), work)
    })
}

/// Tells once what is wrong, and once when it is well again.
struct Health<'a> {
    name: &'a str,
    teller: &'a Teller,
    fails: bool,
}

impl Health<'_> {
    fn written(&mut self, written: &Result<(), Failure>) {
        match written {
            Err(failure) if !self.fails => {
                self.fails = true;
                let Failure { lost, why } = failure;
                let items = if *lost == 1 { "1 item is" } else { &format!("{lost} items are") };
                self.teller.fail(self.name, &format!("telemetry could not be written, {items} lost: {why}"));
            }
            Ok(()) if self.fails => {
                self.fails = false;
                self.teller.inform(self.name, "telemetry is written again");
            }
            _ => {}
        }
    }
}

/// The end of the thread.
struct End<'q, T: Weigh>(&'q Shared<T>);

impl<T: Weigh> Drop for End<'_, T> {
    fn drop(&mut self) {
        self.0.end();
    }
}
