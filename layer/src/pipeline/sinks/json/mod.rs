//! Spans as JSON lines.

mod object;

use opentelemetry::{KeyValue, trace::SpanId, trace::Status};
use opentelemetry_sdk::{
    Resource,
    trace::{SpanData, SpanEvents, SpanLinks},
};

use self::object::{Object, array};
use super::out::Out;
use crate::pipeline::{
    event::{Event, kind_name, time},
    worker::{Failure, Patience, Sink},
};

/// Writes each span that has ended as one JSON object on one line.
///
/// Its keys, in this order: `name`, `trace_id`, `span_id`, `parent_span_id` (`null` of a root), `kind`, `start_time`, `end_time` (RFC 3339, UTC),
/// `duration_ms`, `status` (`code` is `unset`, `ok` or `error`; an error has a `message`), `attributes`, `events`, `links`, `scope`, `resource`;
/// `dropped` where the SDK's limits left something out. Keys of attributes are as they are, sorted, each once. A number that is none to JSON is
/// a text: `"NaN"`, `"inf"`, `"-inf"`.
pub(crate) struct JsonSpans {
    out: Out,
    /// The same in every line.
    resource: String,
}

impl JsonSpans {
    /// On standard output.
    pub(crate) fn stdout(resource: &Resource) -> Self {
        Self::to(Out::stdout(), resource)
    }

    fn to(out: Out, resource: &Resource) -> Self {
        let attributes: Vec<KeyValue> = resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
        let mut text = String::new();
        object::attributes(&attributes, &mut text);
        Self { out, resource: text }
    }
}

impl Sink for JsonSpans {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, patience: &Patience) -> Result<(), Failure> {
        let mut lines = String::new();
        let mut ends = Vec::with_capacity(batch.len());
        for event in &batch {
            if let Event::SpanEnd(span) = event {
                line(span, &self.resource, &mut lines);
            }
            ends.push(lines.len());
        }
        self.out.write(lines.as_bytes(), &ends, patience)
    }
}

fn line(span: &SpanData, resource: &str, out: &mut String) {
    let mut object = Object::begin(out);
    object.text("name", &span.name);
    object.text("trace_id", &span.span_context.trace_id().to_string());
    object.text("span_id", &span.span_context.span_id().to_string());
    if span.parent_span_id == SpanId::INVALID {
        object.raw("parent_span_id", "null");
    } else {
        object.text("parent_span_id", &span.parent_span_id.to_string());
    }
    object.text("kind", kind_name(&span.span_kind));
    object.text("start_time", &time::rfc3339(span.start_time));
    object.text("end_time", &time::rfc3339(span.end_time));
    object.raw("duration_ms", &object::double(time::millis_between(span.start_time, span.end_time)));
    object.with("status", |out| status(&span.status, out));
    object.with("attributes", |out| object::attributes(&span.attributes, out));
    object.with("events", |out| events(&span.events, out));
    object.with("links", |out| links(&span.links, out));
    object.with("scope", |out| scope(span, out));
    object.raw("resource", resource);
    dropped(span, &mut object);
    object.end();
    out.push('\n');
}

fn status(status: &Status, out: &mut String) {
    let mut object = Object::begin(out);
    match status {
        Status::Unset => object.text("code", "unset"),
        Status::Ok => object.text("code", "ok"),
        Status::Error { description } => {
            object.text("code", "error");
            object.text("message", description);
        }
    }
    object.end();
}

fn events(events: &SpanEvents, out: &mut String) {
    array(&events.events, out, |event, out| {
        let mut object = Object::begin(out);
        object.text("name", &event.name);
        object.text("time", &time::rfc3339(event.timestamp));
        object.with("attributes", |out| object::attributes(&event.attributes, out));
        object.end();
    });
}

fn links(links: &SpanLinks, out: &mut String) {
    array(&links.links, out, |link, out| {
        let mut object = Object::begin(out);
        object.text("trace_id", &link.span_context.trace_id().to_string());
        object.text("span_id", &link.span_context.span_id().to_string());
        object.with("attributes", |out| object::attributes(&link.attributes, out));
        object.end();
    });
}

fn scope(span: &SpanData, out: &mut String) {
    let scope = &span.instrumentation_scope;
    let mut object = Object::begin(out);
    object.text("name", scope.name());
    if let Some(version) = scope.version() {
        object.text("version", version);
    }
    let attributes: Vec<KeyValue> = scope.attributes().cloned().collect();
    if !attributes.is_empty() {
        object.with("attributes", |out| object::attributes(&attributes, out));
    }
    object.end();
}

/// What the SDK's limits left out, where they did.
fn dropped(span: &SpanData, object: &mut Object<'_>) {
    let counts = [
        ("attributes", span.dropped_attributes_count),
        ("events", span.events.dropped_count),
        ("links", span.links.dropped_count),
    ];
    if counts.iter().any(|(_, count)| *count > 0) {
        object.with("dropped", |out| {
            let mut object = Object::begin(out);
            for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
                object.raw(name, &count.to_string());
            }
            object.end();
        });
    }
}

#[cfg(test)]
mod tests;
