//! Exported spans as a tree: what a backend would show.

use std::time::Duration;

use opentelemetry::{
    Value,
    trace::{SpanId, Status},
};
use opentelemetry_sdk::trace::SpanData;

/// A span, and what of it is worth a look.
pub(crate) struct Node {
    /// Lines that join it to the span it is below.
    pub(crate) branch: String,
    pub(crate) name: String,
    pub(crate) tokens: Option<(i64, i64)>,
    pub(crate) chunks: Option<i64>,
    pub(crate) first_chunk: Option<f64>,
    pub(crate) took: Duration,
    pub(crate) cost: Option<f64>,
    /// How it ended, and of a failure its `error.type`; empty for spans that are no calls.
    pub(crate) ended: String,
}

/// All spans, each after the one it is below, in the order of their beginning.
pub(crate) fn of(spans: &[SpanData]) -> Vec<Node> {
    let mut spans: Vec<_> = spans.iter().collect();
    spans.sort_by_key(|span| span.start_time);
    let mut nodes = Vec::new();
    add(&mut nodes, &spans, SpanId::INVALID, "");
    nodes
}

fn add(nodes: &mut Vec<Node>, spans: &[&SpanData], parent: SpanId, above: &str) {
    let children: Vec<_> = spans.iter().filter(|span| span.parent_span_id == parent).collect();
    for (i, span) in children.iter().enumerate() {
        let last = i + 1 == children.len();
        let (joint, onward) = match (parent == SpanId::INVALID, last) {
            (true, _) => ("", ""),
            (_, false) => ("├─ ", "│  "),
            (_, true) => ("└─ ", "   "),
        };
        nodes.push(node(span, format!("{above}{joint}")));
        add(nodes, spans, span.span_context.span_id(), &format!("{above}{onward}"));
    }
}

fn node(span: &SpanData, branch: String) -> Node {
    let int = |key| if let Some(Value::I64(number)) = attribute(span, key) { Some(*number) } else { None };
    let double = |key| if let Some(Value::F64(number)) = attribute(span, key) { Some(*number) } else { None };
    let text = |key| attribute(span, key).map(|value| value.as_str().into_owned());
    let mut ended = text("llm.outcome").unwrap_or_default();
    if matches!(span.status, Status::Error { .. }) {
        ended = format!("{ended} {}", text("error.type").unwrap_or_default());
    }
    Node {
        branch,
        name: span.name.clone().into_owned(),
        tokens: int("gen_ai.usage.input_tokens").zip(int("gen_ai.usage.output_tokens")),
        chunks: int("llm.stream.chunks"),
        first_chunk: double("gen_ai.response.time_to_first_chunk"),
        took: span.end_time.duration_since(span.start_time).unwrap_or_default(),
        cost: double("llm.cost.usd"),
        ended,
    }
}

/// The value that holds: the last one.
fn attribute<'s>(span: &'s SpanData, key: &str) -> Option<&'s Value> {
    span.attributes.iter().rev().find(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
}
