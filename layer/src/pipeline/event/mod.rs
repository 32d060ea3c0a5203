//! What sinks are handed: Llama Stack's three kinds of events, log lines, metrics, and starts and ends of spans.

mod log;
mod severity;

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use opentelemetry_sdk::trace::SpanData;

pub(crate) use log::{FieldValue, LogEvent};
pub use severity::Severity;

use crate::metrics::MetricEvent;

/// An event on its way to a sink. Cheap to clone: each sink has a queue of its own.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A span has begun.
    SpanStart(Arc<SpanStart>),
    /// A span has ended, with all that is known of it.
    SpanEnd(Arc<SpanData>),
    /// A log line.
    Log(Arc<LogEvent>),
    /// A measurement.
    Metric(Arc<MetricEvent>),
}

/// A span that has begun.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SpanStart {
    pub(crate) name: Cow<'static, str>,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// `None` of a root.
    pub(crate) parent_span_id: Option<SpanId>,
    pub(crate) kind: SpanKind,
    pub(crate) at: SystemTime,
}
