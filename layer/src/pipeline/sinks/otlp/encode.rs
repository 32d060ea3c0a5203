//! Spans as OTLP's protobuf has them, written as they are.
//!
//! By way of the generated types each text would be copied twice, and each attribute be measured again for every message that it stands in: four times
//! the work. A test holds what is written here against what those types write, to the byte.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::{
    InstrumentationScope, KeyValue, Value,
    trace::{Event, SpanId, SpanKind, Status},
};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, InstrumentationScope as ProtoScope},
    trace::v1::{SpanFlags, span, status::StatusCode},
};
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;

use super::wire::{Out, of_text, of_varint};

/// The request that has these spans, grouped by their scopes.
pub(super) fn traces<'a>(spans: impl Iterator<Item = &'a SpanData>, resource: &[u8], schema_url: &str) -> Vec<u8> {
    let mut scopes: Vec<(&InstrumentationScope, Out)> = Vec::new();
    let mut scratch = Out::default();
    for span in spans {
        let scope = &span.instrumentation_scope;
        let at = scopes.iter().position(|(other, _)| *other == scope).unwrap_or_else(|| {
            let mut out = Out::default();
            out.message(1, &ProtoScope::from((scope, None)).encode_to_vec());
            scopes.push((scope, out));
            scopes.len() - 1
        });
        scratch.0.clear();
        write(&mut scratch, span);
        scopes[at].1.message(2, &scratch.0);
    }
    let mut resource_spans = Out::default();
    resource_spans.message(1, resource);
    for (scope, mut spans) in scopes {
        spans.text(3, scope.schema_url().unwrap_or_default());
        resource_spans.message(2, &spans.0);
    }
    resource_spans.text(3, schema_url);
    let mut request = Out::default();
    request.message(1, &resource_spans.0);
    request.0
}

/// By the order of the fields' numbers.
fn write(out: &mut Out, span: &SpanData) {
    let context = &span.span_context;
    out.bytes(1, &context.trace_id().to_bytes());
    out.bytes(2, &context.span_id().to_bytes());
    out.text(3, &context.trace_state().header());
    if span.parent_span_id != SpanId::INVALID {
        out.bytes(4, &span.parent_span_id.to_bytes());
    }
    out.text(5, &span.name);
    out.number(6, kind(&span.span_kind) as u64);
    out.fixed64(7, nanoseconds(span.start_time));
    out.fixed64(8, nanoseconds(span.end_time));
    span.attributes.iter().for_each(|attribute| write_attribute(out, 9, attribute));
    out.number(10, span.dropped_attributes_count.into());
    for event in &span.events.events {
        out.message(11, &of_event(event));
    }
    out.number(12, span.events.dropped_count.into());
    for link in &span.links.links {
        out.message(13, &span::Link::from(link.clone()).encode_to_vec());
    }
    out.number(14, span.links.dropped_count.into());
    out.message(15, &of_status(&span.status));
    out.fixed32(16, flags(span));
}

fn kind(kind: &SpanKind) -> span::SpanKind {
    kind.clone().into()
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn flags(span: &SpanData) -> u32 {
    let known = SpanFlags::ContextHasIsRemoteMask as u32;
    let remote = if span.parent_span_is_remote { SpanFlags::ContextIsRemoteMask as u32 } else { 0 };
    u32::from(span.span_context.trace_flags().to_u8()) | known | remote
}

fn of_event(event: &Event) -> Vec<u8> {
    let mut out = Out::default();
    out.fixed64(1, nanoseconds(event.timestamp));
    out.text(2, &event.name);
    event.attributes.iter().for_each(|attribute| write_attribute(&mut out, 3, attribute));
    out.number(4, event.dropped_attributes_count.into());
    out.0
}

fn of_status(status: &Status) -> Vec<u8> {
    let mut out = Out::default();
    if let Status::Error { description } = status {
        out.text(2, description);
    }
    out.number(3, StatusCode::from(status) as u64);
    out.0
}

/// What an attribute is, and how long; a value of which nothing is said here is written by way of the generated types.
fn write_attribute(out: &mut Out, field: u32, KeyValue { key, value, .. }: &KeyValue) {
    let key = key.as_str();
    if write_short(out, field, key, value) {
        return;
    }
    let rare;
    let of_value = match value {
        Value::String(text) => 1 + of_text(text.as_str()),
        Value::Bool(_) => 2,
        Value::I64(number) => 1 + of_varint(number.cast_unsigned()),
        Value::F64(_) => 9,
        other => {
            rare = AnyValue::from(other.clone()).encode_to_vec();
            return write_rare(out, field, key, &rare);
        }
    };
    out.begin(field, of_key(key) + 1 + of_varint(of_value as u64) + of_value);
    out.text(1, key);
    out.begin(2, of_value);
    match value {
        Value::String(text) => out.bytes(1, text.as_str().as_bytes()),
        Value::Bool(flag) => out.varint_field(2, u64::from(*flag)),
        Value::I64(number) => out.varint_field(3, number.cast_unsigned()),
        Value::F64(number) => out.fixed64_field(4, number.to_bits()),
        _ => {}
    }
}

/// Most attributes are that short that each of their lengths takes one byte; then what stands between key and value is written at once.
fn write_short(out: &mut Out, field: u32, key: &str, value: &Value) -> bool {
    let byte = |number: usize| u8::try_from(number).ok().filter(|byte| *byte < 0x80);
    let length = match value {
        Value::String(text) => 2 + text.as_str().len(),
        Value::I64(0..=0x7f) | Value::Bool(_) => 2,
        Value::F64(_) => 9,
        _ => return false,
    };
    let (Some(of_value), Some(of_key), Some(all)) = (byte(length), byte(key.len()), byte(4 + key.len() + length)) else {
        return false;
    };
    if of_key == 0 {
        return false;
    }
    out.begin_short(field, all);
    out.0.extend_from_slice(&[0x0a, of_key]);
    out.0.extend_from_slice(key.as_bytes());
    match value {
        Value::String(text) => {
            out.0.extend_from_slice(&[0x12, of_value, 0x0a, of_value - 2]);
            out.0.extend_from_slice(text.as_str().as_bytes());
        }
        Value::Bool(flag) => out.0.extend_from_slice(&[0x12, of_value, 0x10, u8::from(*flag)]),
        Value::I64(number) => out.0.extend_from_slice(&[0x12, of_value, 0x18, number.to_le_bytes()[0]]),
        Value::F64(number) => {
            out.0.extend_from_slice(&[0x12, of_value, 0x21]);
            out.0.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        _ => {}
    }
    true
}

fn write_rare(out: &mut Out, field: u32, key: &str, value: &[u8]) {
    out.begin(field, of_key(key) + 1 + of_varint(value.len() as u64) + value.len());
    out.text(1, key);
    out.message(2, value);
}

/// An empty one is not written.
fn of_key(key: &str) -> usize {
    if key.is_empty() { 0 } else { 1 + of_text(key) }
}

#[cfg(test)]
mod tests;
