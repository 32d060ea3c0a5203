//! How much events weigh.

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::{Event, FieldValue, LogEvent};
use crate::{metrics::MetricEvent, pipeline::worker::Weigh};

/// An attribute without its text.
const ATTRIBUTE: usize = size_of::<KeyValue>();

/// Texts, and about what stands around them.
impl Weigh for Event {
    fn weight(&self) -> usize {
        match self {
            Self::SpanStart(start) => size_of_val(&**start) + start.name.len(),
            Self::SpanEnd(span) => of_span(span),
            Self::Log(line) => of_line(line),
            Self::Metric(event) => of_measurement(event),
        }
    }
}

fn of_span(span: &SpanData) -> usize {
    let events = span.events.iter().map(|event| ATTRIBUTE + event.name.len() + of_attributes(&event.attributes));
    let links = span.links.iter().map(|link| ATTRIBUTE + of_attributes(&link.attributes));
    size_of::<SpanData>() + span.name.len() + of_attributes(&span.attributes) + events.sum::<usize>() + links.sum::<usize>()
}

fn of_attributes(attributes: &[KeyValue]) -> usize {
    attributes.iter().map(|attribute| ATTRIBUTE + of_value(&attribute.value)).sum()
}

fn of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts.iter().map(|text| ATTRIBUTE + text.as_str().len()).sum(),
        Value::Array(Array::I64(numbers)) => size_of_val(&numbers[..]),
        Value::Array(Array::F64(numbers)) => size_of_val(&numbers[..]),
        Value::Array(Array::Bool(flags)) => flags.len(),
        _ => 0,
    }
}

fn of_line(line: &LogEvent) -> usize {
    let fields = line.fields.iter().map(|(_, value)| {
        let text = if let FieldValue::Text(text) = value { text.len() } else { 0 };
        ATTRIBUTE + text
    });
    size_of::<LogEvent>() + line.message.len() + fields.sum::<usize>()
}

fn of_measurement(event: &MetricEvent) -> usize {
    let labels = event.attributes.iter().map(|(name, value)| ATTRIBUTE + name.len() + value.len());
    size_of::<MetricEvent>() + labels.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::SystemTime};

    use super::*;
    use crate::pipeline::event::Severity;

    #[test]
    fn a_long_text_weighs_what_it_is_long() {
        let line = |text: usize| {
            let fields = vec![("prompt".into(), FieldValue::Text("x".repeat(text)))];
            let (message, target, at) = (String::new(), "t".into(), SystemTime::UNIX_EPOCH);
            Event::Log(Arc::new(LogEvent {
                at,
                severity: Severity::Info,
                target,
                message,
                fields,
                ids: None,
                file: None,
                line: None,
            }))
        };
        assert_eq!(line(1_000_000).weight() - line(0).weight(), 1_000_000);
        assert_eq!(of_value(&"x".repeat(1_000).into()), 1_000);
        assert_eq!(of_value(&Value::Array(vec![1_i64, 2].into())), 16);
    }
}
