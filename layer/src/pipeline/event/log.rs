//! A log line as sinks get it.

use std::{borrow::Cow, fmt, time::SystemTime};

use super::Severity;
use crate::ids::SpanIds;

/// A log line: a `tracing` event, its fields as values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogEvent {
    pub(crate) at: SystemTime,
    pub(crate) severity: Severity,
    pub(crate) target: Cow<'static, str>,
    pub(crate) message: String,
    /// All fields but the message, in order.
    pub(crate) fields: Vec<(Cow<'static, str>, FieldValue)>,
    /// Of the span that it stands in.
    pub(crate) ids: Option<SpanIds>,
    pub(crate) file: Option<Cow<'static, str>>,
    pub(crate) line: Option<u32>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldValue {
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Text(String),
}

impl FieldValue {
    /// The value as text.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            other => other.to_string(),
        }
    }
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => f.write_str(value),
        }
    }
}
