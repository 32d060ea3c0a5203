//! Prints what was collected.

use llm_span::SpanFinding;
use opentelemetry::{
    Value,
    trace::{SpanId, Status},
};
use opentelemetry_sdk::trace::SpanData;

pub(crate) fn title(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(90_usize.saturating_sub(text.len())));
}

/// Spans as trees, a root after the other.
pub(crate) fn spans(spans: &[SpanData]) {
    for root in spans.iter().filter(|span| span.parent_span_id == SpanId::INVALID) {
        println!("trace {}", root.span_context.trace_id());
        tree(spans, root, "");
    }
}

fn tree(spans: &[SpanData], span: &SpanData, indent: &str) {
    let status = match &span.status {
        Status::Error { .. } => "  status error",
        Status::Ok => "  status ok",
        Status::Unset => "",
    };
    println!("{indent}└─ {}  {:?}  span {}{status}", span.name, span.span_kind, span.span_context.span_id());
    let indent = format!("{indent}   ");
    let mut attributes: Vec<_> = span.attributes.iter().filter(|attribute| shown(attribute.key.as_str())).collect();
    attributes.sort_by_key(|attribute| attribute.key.as_str());
    for attribute in attributes {
        println!("{indent}   {:32} {:8} {}", attribute.key, type_of(&attribute.value), attribute.value);
    }
    for child in spans.iter().filter(|child| child.parent_span_id == span.span_context.span_id()) {
        tree(spans, child, &indent);
    }
}

/// Where the code stands and on which thread it ran is left out: it is no part of the contract.
fn shown(key: &str) -> bool {
    !["code.", "thread.", "busy_ns", "idle_ns", "target"].iter().any(|other| key.starts_with(other))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::I64(_) => "int",
        Value::F64(_) => "double",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "other",
    }
}

/// The counters among what Prometheus scrapes. The histograms of duration and tokens are there too, with sixteen lines each.
pub(crate) fn counters(scrape: &str) {
    let mut is_counter = false;
    for line in scrape.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            is_counter = family.ends_with(" counter");
        }
        if is_counter && !line.starts_with('#') {
            println!("{line}");
        }
    }
}

/// Findings, call by call.
pub(crate) fn findings(findings: &[SpanFinding]) {
    for call in findings.chunk_by(|one, next| one.span_id == next.span_id) {
        let first = &call[0]; // no chunk is empty
        let place = format!("{}:{}", first.file.as_deref().unwrap_or("?"), first.line.unwrap_or_default());
        let (span, trace) = (first.span_id.as_deref().unwrap_or("?"), first.trace_id.as_deref().unwrap_or("?"));
        println!("{} at {place}, span {span} of trace {trace}", first.span.unwrap_or("no span"));
        for finding in call {
            println!("   {}", finding.finding);
        }
        println!("   help: {}\n", first.finding.help);
    }
    if findings.is_empty() {
        println!("none: every call honoured the contract");
    }
}
