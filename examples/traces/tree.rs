//! A trace as a tree.

use llm_span::store::{SpanStatus, TraceNode, TraceTree};

use crate::{
    clock,
    table::{Side, count, dollars, plain, table},
};

/// The trace, and its spans with what each took, together with those below it.
pub(crate) fn shown(tree: &TraceTree) -> String {
    let trace = &tree.trace;
    let head = format!("trace {} of {}, began {} (UTC)", trace.trace_id, plain(&trace.service), clock::shown(trace.start));
    let rows: Vec<_> = branches(&tree.nodes).into_iter().zip(&tree.nodes).map(|(branch, node)| row(&branch, node)).collect();
    let headings = [
        ("", Side::Left),
        ("prompt", Side::Right),
        ("completion", Side::Right),
        ("took", Side::Right),
        ("cost", Side::Right),
        ("outcome", Side::Left),
    ];
    format!("{head}\n\n{}", table(headings, &rows))
}

fn row(branch: &str, node: &TraceNode) -> [String; 6] {
    let span = &node.span;
    let orphan = if node.is_orphan { " (its parent is not here)" } else { "" };
    [
        format!("{branch}{}{orphan}", plain(&span.name)),
        count(node.sums.prompt_tokens),
        count(node.sums.completion_tokens),
        clock::took(span.duration),
        dollars(node.sums.cost),
        outcome(node),
    ]
}

/// How a call ended, and of a failure what it was.
fn outcome(node: &TraceNode) -> String {
    let text = |key: &str| node.span.attributes.get(key).and_then(|value| value.as_str()).map(plain);
    let ended = text("llm.outcome");
    let failed = node.span.status == SpanStatus::Error;
    let kind = if failed { text("error.type").or_else(|| node.span.status_message.as_deref().map(plain)) } else { None };
    match (ended, kind) {
        (Some(ended), Some(kind)) => format!("{ended} {kind}"),
        (Some(ended), None) => ended,
        (None, Some(kind)) => format!("error {kind}"),
        (None, None) if failed => "error".to_owned(),
        (None, None) => String::new(),
    }
}

/// The lines that join each span to the one it is below.
fn branches(nodes: &[TraceNode]) -> Vec<String> {
    // Of each depth, whether more come below the same span.
    let mut open: Vec<bool> = Vec::new();
    let branch = |node: &TraceNode| {
        open.truncate(node.depth);
        let above = open.iter().skip(1).map(|more| if *more { "│  " } else { "   " }).collect::<String>();
        let joint = match (node.depth, node.is_last) {
            (0, _) => "",
            (_, false) => "├─ ",
            (_, true) => "└─ ",
        };
        open.push(!node.is_last);
        format!("{above}{joint}")
    };
    nodes.iter().map(branch).collect()
}
