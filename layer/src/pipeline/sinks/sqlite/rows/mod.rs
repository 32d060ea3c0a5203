//! Events as rows, their texts made once, however often they are tried.

mod span;

use std::sync::Arc;

use rusqlite::types::Value as SqlValue;
use serde_json::{Map, Value as Json};

pub(super) use span::SpanRow;

use crate::{
    metrics::{MetricEvent, Number},
    pipeline::event::{Event, FieldValue, LogEvent},
    store::{time, value},
};

pub(super) enum Row {
    Span(Box<SpanRow>),
    Metric(MetricRow),
    Log(LogRow),
}

pub(super) struct MetricRow {
    pub(super) event: Arc<MetricEvent>,
    pub(super) time_ns: i64,
    pub(super) value: SqlValue,
    pub(super) attributes: String,
}

pub(super) struct LogRow {
    pub(super) event: Arc<LogEvent>,
    pub(super) time_ns: i64,
    pub(super) attributes: String,
}

impl Row {
    /// Spans are kept once they have ended.
    pub(super) fn of(event: &Event) -> Option<Self> {
        match event {
            Event::SpanStart(_) => None,
            Event::SpanEnd(span) => Some(Self::Span(Box::new(SpanRow::of(span)))),
            Event::Metric(event) => Some(Self::Metric(MetricRow::of(event))),
            Event::Log(event) => Some(Self::Log(LogRow::of(event))),
        }
    }

    /// About how many bytes its own texts take.
    pub(super) fn size(&self) -> u64 {
        let bytes = match self {
            Self::Span(span) => span.size(),
            Self::Metric(metric) => metric.attributes.len(),
            Self::Log(log) => log.attributes.len() + log.event.message.len(),
        };
        bytes as u64
    }
}

impl MetricRow {
    fn of(event: &Arc<MetricEvent>) -> Self {
        let labels = event.attributes.iter().map(|(name, value)| (name.to_owned(), Json::from(value)));
        let attributes = Json::from(labels.collect::<Map<_, _>>()).to_string();
        Self { time_ns: time::nanoseconds(event.timestamp), value: number(event.value), attributes, event: Arc::clone(event) }
    }
}

/// Whole numbers as they are, where SQLite has them.
fn number(number: Number) -> SqlValue {
    let whole = match number {
        Number::Unsigned(number) => i64::try_from(number).ok(),
        Number::Signed(number) => Some(number),
        Number::Billionths(_) | Number::Double(_) => None,
    };
    match whole {
        Some(whole) => SqlValue::Integer(whole),
        None if number.as_f64().is_finite() => SqlValue::Real(number.as_f64()),
        // SQLite would keep a NaN as NULL.
        None => SqlValue::Text(value::no_number(number.as_f64()).to_owned()),
    }
}

impl LogRow {
    fn of(event: &Arc<LogEvent>) -> Self {
        let fields = event.fields.iter().map(|(name, value)| (name.to_string(), field(value)));
        let attributes = Json::from(fields.collect::<Map<_, _>>()).to_string();
        Self { time_ns: time::nanoseconds(event.at), attributes, event: Arc::clone(event) }
    }
}

fn field(value: &FieldValue) -> Json {
    match value {
        FieldValue::Bool(value) => (*value).into(),
        FieldValue::Int(value) => (*value).into(),
        FieldValue::Unsigned(value) => (*value).into(),
        FieldValue::Float(value) => value::float(*value),
        FieldValue::Text(value) => value.as_str().into(),
    }
}
