//! Events as readable lines.

use std::{
    fmt::{self, Write as _},
    time::SystemTime,
};

use llm_span_contract::{Outcome, keys};
use opentelemetry::{
    Value,
    trace::{SpanKind, Status},
};
use opentelemetry_sdk::trace::SpanData;

use super::{
    shown::{Quoted, Shown},
    style::{Paint, Style},
};
use crate::{
    metrics::MetricEvent,
    pipeline::event::{Event, LogEvent, Severity, SpanStart, attributes, kind_name, time},
};

/// Says where in the program a span was made, and how long it was not at work: of use to other sinks, noise here.
const NOT_SHOWN: [&str; 3] = ["busy_ns", "idle_ns", "target"];
const NOT_SHOWN_BELOW: [&str; 2] = ["code.", "thread."];

/// The event as lines, appended to what is there.
pub(super) fn write(event: &Event, paint: Paint, out: &mut String) {
    // Writing to a `String` does not fail.
    let _ = match event {
        Event::SpanStart(start) => start_line(start, paint, out),
        Event::SpanEnd(span) => end_lines(span, paint, out),
        Event::Log(line) => log_line(line, paint, out),
        Event::Metric(event) => metric_line(event, paint, out),
    };
}

/// `14:03:22.117 1c80319c:02b7 `: the time, and the ends of trace id and span id, by which concurrent requests are told apart.
fn head(at: SystemTime, ids: Option<(&str, &str)>, paint: Paint, out: &mut String) -> fmt::Result {
    write!(out, "{} ", paint.text(Style::Dim, time::clock(at)))?;
    let Some((trace_id, span_id)) = ids else { return Ok(()) };
    write!(out, "{} ", paint.text(Style::Dim, format_args!("{}:{}", end(trace_id, 8), end(span_id, 4))))
}

/// The end of an id is random in every system; the beginning is a time in some.
fn end(id: &str, digits: usize) -> &str {
    id.get(id.len().saturating_sub(digits)..).unwrap_or(id)
}

fn start_line(start: &SpanStart, paint: Paint, out: &mut String) -> fmt::Result {
    let SpanStart { name, trace_id, span_id, parent_span_id, kind, at } = start;
    let (trace_id, span_id) = (trace_id.to_string(), span_id.to_string());
    head(*at, Some((&trace_id, &span_id)), paint, out)?;
    write!(out, "{} {}", paint.text(Style::Start, "[START]"), paint.text(Style::Bold, Shown(name)))?;
    let mut pairs = Pairs::new(paint, out);
    if *kind != SpanKind::Internal {
        pairs.pair("kind", kind_name(kind))?;
    }
    match parent_span_id {
        Some(parent) => pairs.pair("parent", end(&parent.to_string(), 4))?,
        None => pairs.pair("trace_id", &trace_id)?,
    }
    out.push('\n');
    Ok(())
}

fn end_lines(span: &SpanData, paint: Paint, out: &mut String) -> fmt::Result {
    let (trace_id, span_id) = (span.span_context.trace_id().to_string(), span.span_context.span_id().to_string());
    head(span.end_time, Some((&trace_id, &span_id)), paint, out)?;
    write!(out, "{} {}", paint.text(Style::End, "[END]"), paint.text(Style::Bold, Shown(&span.name)))?;
    let attributes = attributes(&span.attributes);
    let is_cancelled =
        attributes.iter().any(|(key, value)| *key == keys::LLM_OUTCOME && value.as_str() == Outcome::Cancelled.name());
    let (style, status) = match &span.status {
        Status::Error { .. } => (Style::Bad, "[ERROR]"),
        _ if is_cancelled => (Style::Warning, "[CANCELLED]"),
        // OpenTelemetry leaves the status of what has not failed unset.
        Status::Ok | Status::Unset => (Style::Good, "[OK]"),
    };
    write!(out, " {} ({:.2}ms)", paint.text(style, status), time::millis_between(span.start_time, span.end_time))?;
    if let Status::Error { description } = &span.status
        && !description.is_empty()
    {
        write!(out, " {}", paint.text(Style::Bad, Shown(description)))?;
    }
    out.push('\n');
    for (key, value) in attributes.into_iter().filter(|(key, _)| is_shown(key)) {
        let key = paint.text(Style::Dim, Shown(key));
        writeln!(out, "    {key} = {}", Shown(&value_text(value)))?;
    }
    if span.dropped_attributes_count > 0 {
        writeln!(out, "    ({} more attributes had no room)", span.dropped_attributes_count)?;
    }
    Ok(())
}

fn is_shown(key: &str) -> bool {
    !NOT_SHOWN.contains(&key) && !NOT_SHOWN_BELOW.iter().any(|prefix| key.starts_with(prefix))
}

fn value_text(value: &Value) -> String {
    value.as_str().into_owned()
}

fn log_line(line: &LogEvent, paint: Paint, out: &mut String) -> fmt::Result {
    let ids = line.ids.map(|ids| (ids.trace_id_hex().map(char::from), ids.span_id_hex().map(char::from)));
    let ids = ids.map(|(trace_id, span_id)| (String::from_iter(trace_id), String::from_iter(span_id)));
    head(line.at, ids.as_ref().map(|(trace_id, span_id)| (trace_id.as_str(), span_id.as_str())), paint, out)?;
    let (style, name) = match line.severity {
        Severity::Verbose => (Style::Dim, "[VERBOSE]"),
        Severity::Debug => (Style::Dim, "[DEBUG]"),
        Severity::Info => (Style::Good, "[INFO]"),
        Severity::Warn => (Style::Warning, "[WARN]"),
        Severity::Error => (Style::Bad, "[ERROR]"),
        Severity::Critical => (Style::Alarm, "[CRITICAL]"),
    };
    write!(out, "{}", paint.text(style, name))?;
    if !line.message.is_empty() {
        write!(out, " {}", Shown(&line.message))?;
    }
    let mut pairs = Pairs::new(paint, out);
    for (name, value) in &line.fields {
        pairs.pair(name, &value.to_string())?;
    }
    out.push('\n');
    Ok(())
}

fn metric_line(event: &MetricEvent, paint: Paint, out: &mut String) -> fmt::Result {
    let MetricEvent { trace_id, span_id, metric, value, unit, timestamp, attributes } = event;
    head(*timestamp, trace_id.as_deref().zip(span_id.as_deref()), paint, out)?;
    write!(out, "{} {} {value}", paint.text(Style::Measurement, "[METRIC]"), paint.text(Style::Bold, Shown(metric)))?;
    if !unit.is_empty() {
        write!(out, " {}", Shown(unit))?;
    }
    let mut pairs = Pairs::new(paint, out);
    for (name, value) in attributes.iter() {
        pairs.pair(name, value)?;
    }
    out.push('\n');
    Ok(())
}

/// `  key=value key=value` at the end of a line.
struct Pairs<'a> {
    paint: Paint,
    separator: &'static str,
    out: &'a mut String,
}

impl<'a> Pairs<'a> {
    fn new(paint: Paint, out: &'a mut String) -> Self {
        Self { paint, separator: "  ", out }
    }

    fn pair(&mut self, key: &str, value: &str) -> fmt::Result {
        let (paint, separator) = (self.paint, self.separator);
        write!(self.out, "{separator}{}{}", paint.text(Style::Dim, format_args!("{}=", Quoted(key))), Quoted(value))?;
        self.separator = " ";
        Ok(())
    }
}

#[cfg(test)]
mod tests;
