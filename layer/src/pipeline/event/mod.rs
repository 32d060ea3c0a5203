//! What sinks are handed: Llama Stack's three kinds of events, log lines, metrics, and starts and ends of spans.

mod fields;
mod log;
mod metric;
mod severity;
mod text;
pub(crate) mod time;
mod weight;

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::{
    KeyValue, Value,
    trace::{SpanId, SpanKind, TraceId},
};
use opentelemetry_sdk::trace::SpanData;

pub(crate) use fields::Fields;
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

/// Attributes in the order of their keys, each once: of one that was recorded twice the last value holds.
pub(crate) fn attributes(all: &[KeyValue]) -> Vec<(&str, &Value)> {
    let mut sorted: Vec<_> = all.iter().rev().map(|attribute| (attribute.key.as_str(), &attribute.value)).collect();
    // Stable: the last recorded of one key stands first.
    sorted.sort_by_key(|(key, _)| *key);
    sorted.dedup_by_key(|(key, _)| *key);
    sorted
}

/// A span's kind in lower case.
pub(crate) const fn kind_name(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

/// A span of a request, for tests.
#[cfg(test)]
pub(crate) fn example_span() -> SpanData {
    use std::time::{Duration, UNIX_EPOCH};

    use opentelemetry::{
        InstrumentationScope,
        trace::{SpanContext, Status, TraceFlags, TraceState},
    };

    let trace_id = TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128);
    let start_time = UNIX_EPOCH + Duration::new(1_772_546_602, 117_000_000);
    SpanData {
        span_context: SpanContext::new(
            trace_id,
            SpanId::from(0x00f0_67aa_0ba9_02b7_u64),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Client,
        name: "chat gpt-4o".into(),
        start_time,
        end_time: start_time + Duration::from_micros(533_100),
        attributes: vec![KeyValue::new("llm.model", "gpt-4o"), KeyValue::new("llm.tokens.total", 192)],
        dropped_attributes_count: 0,
        events: opentelemetry_sdk::trace::SpanEvents::default(),
        links: opentelemetry_sdk::trace::SpanLinks::default(),
        status: Status::Ok,
        instrumentation_scope: InstrumentationScope::builder("llm-span").build(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_attribute_that_was_recorded_twice_the_last_value_holds() {
        let all = [("b", 1), ("a", 2), ("b", 3), ("a", 4), ("c", 5)].map(|(key, value)| KeyValue::new(key, value));
        let kept = attributes(&all);
        assert_eq!(kept, [("a", &Value::I64(4)), ("b", &Value::I64(3)), ("c", &Value::I64(5))]);
    }
}
