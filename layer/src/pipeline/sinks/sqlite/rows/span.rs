//! Spans as rows.

use opentelemetry::trace::{Event as OtelEvent, Link, SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value as Json, json};

use crate::store::{time, value};

pub(in super::super) struct SpanRow {
    pub(in super::super) trace_id: String,
    pub(in super::super) span_id: String,
    pub(in super::super) parent_span_id: Option<String>,
    pub(in super::super) parent_is_remote: bool,
    pub(in super::super) name: String,
    pub(in super::super) kind: &'static str,
    pub(in super::super) status: &'static str,
    pub(in super::super) status_message: Option<String>,
    pub(in super::super) start_ns: i64,
    pub(in super::super) end_ns: i64,
    pub(in super::super) attributes: String,
    pub(in super::super) scope_name: String,
    pub(in super::super) scope_version: Option<String>,
    pub(in super::super) scope_attributes: String,
    pub(in super::super) links: String,
    pub(in super::super) trace_flags: u8,
    pub(in super::super) trace_state: String,
    pub(in super::super) dropped_attributes: u32,
    pub(in super::super) dropped_events: u32,
    pub(in super::super) dropped_links: u32,
    pub(in super::super) events: Vec<SpanEventRow>,
}

pub(in super::super) struct SpanEventRow {
    pub(in super::super) name: String,
    pub(in super::super) time_ns: i64,
    pub(in super::super) attributes: String,
    pub(in super::super) dropped_attributes: u32,
}

impl SpanRow {
    pub(super) fn of(span: &SpanData) -> Self {
        let (status, status_message) = status(&span.status);
        let context = &span.span_context;
        let scope = &span.instrumentation_scope;
        let start_ns = time::nanoseconds(span.start_time);
        Self {
            trace_id: context.trace_id().to_string(),
            span_id: context.span_id().to_string(),
            parent_span_id: (span.parent_span_id != SpanId::INVALID).then(|| span.parent_span_id.to_string()),
            parent_is_remote: span.parent_span_is_remote,
            name: span.name.clone().into_owned(),
            kind: kind(&span.span_kind),
            status,
            status_message,
            start_ns,
            end_ns: time::nanoseconds(span.end_time),
            attributes: value::object(&span.attributes).to_string(),
            scope_name: scope.name().to_owned(),
            scope_version: scope.version().map(str::to_owned),
            scope_attributes: value::object(scope.attributes()).to_string(),
            links: span.links.iter().map(link).collect::<Json>().to_string(),
            trace_flags: context.trace_flags().to_u8(),
            trace_state: context.trace_state().header(),
            dropped_attributes: span.dropped_attributes_count,
            dropped_events: span.events.dropped_count,
            dropped_links: span.links.dropped_count,
            events: span.events.iter().map(SpanEventRow::of).collect(),
        }
    }

    pub(super) fn size(&self) -> usize {
        let events: usize = self.events.iter().map(|event| event.attributes.len() + event.name.len()).sum();
        self.attributes.len() + self.links.len() + self.name.len() + self.status_message.as_ref().map_or(0, String::len) + events
    }
}

impl SpanEventRow {
    fn of(event: &OtelEvent) -> Self {
        Self {
            name: event.name.clone().into_owned(),
            time_ns: time::nanoseconds(event.timestamp),
            attributes: value::object(&event.attributes).to_string(),
            dropped_attributes: event.dropped_attributes_count,
        }
    }
}

fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

fn status(status: &Status) -> (&'static str, Option<String>) {
    match status {
        Status::Unset => ("unset", None),
        Status::Ok => ("ok", None),
        Status::Error { description } => ("error", Some(description.clone().into_owned()).filter(|text| !text.is_empty())),
    }
}

fn link(link: &Link) -> Json {
    let context = &link.span_context;
    json!({
        "trace_id": context.trace_id().to_string(),
        "span_id": context.span_id().to_string(),
        "attributes": value::object(&link.attributes),
    })
}
