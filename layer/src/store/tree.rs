//! The tree of a trace.

use std::collections::{HashMap, HashSet};

use rusqlite::types::Value as SqlValue;

use super::{
    Order, SpanQuery, SpanRow, Store, StoreError, Sums, TraceQuery, TraceRow,
    sums::{COLUMNS, METRICS},
};

/// A trace with its spans.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceTree {
    /// The trace itself.
    pub trace: TraceRow,
    /// Its spans, each before those that are below it, in the order of their beginning.
    pub nodes: Vec<TraceNode>,
}

/// A span at its place in the tree.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceNode {
    /// The span.
    pub span: SpanRow,
    /// How many spans it is below. 0 of a root, and of a span whose parent is not in the file: of another process, not kept, or still open.
    pub depth: usize,
    /// Whether no more come below the same parent.
    pub is_last: bool,
    /// Whether it names a parent that is not in the file.
    pub is_orphan: bool,
    /// What the request took that is this span.
    pub own: Sums,
    /// What it took together with all spans below it.
    pub sums: Sums,
}

impl Store {
    /// The tree of a trace; `None` where there is none of that id.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn trace(&self, trace_id: &str) -> Result<Option<TraceTree>, StoreError> {
        // One state of the file for all that is read.
        let reading = self.connection.unchecked_transaction().map_err(|error| self.error(&error))?;
        let trace = self.traces(&TraceQuery::new().trace(trace_id).limit(2))?;
        let Some(trace) = trace.into_iter().find(|trace| trace.trace_id == trace_id) else { return Ok(None) };
        let spans = self.spans(&SpanQuery::new().trace(trace_id).order(Order::Oldest).limit(usize::MAX))?;
        let sql =
            format!("SELECT coalesce(span_id, ''), {COLUMNS} FROM metrics WHERE trace_id = ? AND {METRICS} GROUP BY span_id");
        let sums = self.rows(&sql, vec![SqlValue::Text(trace_id.to_owned())], |row| Ok((row.get(0)?, Sums::of(row, 1)?)))?;
        drop(reading);
        Ok(Some(TraceTree { trace, nodes: nodes(spans, &sums.into_iter().collect()) }))
    }
}

/// Without recursion: a chain of spans may be longer than the stack.
fn nodes(spans: Vec<SpanRow>, sums: &HashMap<String, Sums>) -> Vec<TraceNode> {
    let ids: HashSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let mut below: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (i, span) in spans.iter().enumerate() {
        match span.parent_span_id.as_deref().filter(|parent| ids.contains(parent)) {
            Some(parent) => below.entry(parent).or_default().push(i),
            None => roots.push(i),
        }
    }
    let mut order = Vec::with_capacity(spans.len());
    let mut seen = vec![false; spans.len()];
    // Spans that are each other's parents are below no root.
    for start in roots.iter().copied().chain(0..spans.len()) {
        let mut open = vec![(start, 0)];
        while let Some((i, depth)) = open.pop() {
            if std::mem::replace(&mut seen[i], true) {
                continue;
            }
            order.push((i, depth));
            let children = below.get(spans[i].span_id.as_str()).map_or(&[][..], Vec::as_slice);
            open.extend(children.iter().rev().map(|child| (*child, depth + 1)));
        }
    }
    let orphans: Vec<bool> =
        spans.iter().map(|span| span.parent_span_id.as_deref().is_some_and(|parent| !ids.contains(parent))).collect();
    let mut spans: Vec<Option<SpanRow>> = spans.into_iter().map(Some).collect();
    let nodes = order.into_iter().filter_map(|(i, depth)| {
        let span = spans[i].take()?;
        let own = sums.get(&span.span_id).cloned().unwrap_or_default();
        Some(TraceNode { is_last: true, is_orphan: orphans[i], sums: own.clone(), own, span, depth })
    });
    added_up(nodes.collect())
}

/// Sums of what is below, and who is the last below a span: both from the end of the tree.
fn added_up(mut nodes: Vec<TraceNode>) -> Vec<TraceNode> {
    // What is below the spans of each depth, that have not been met yet; whether one of that depth was met since.
    let mut below: Vec<(Sums, bool)> = Vec::new();
    for node in nodes.iter_mut().rev() {
        let depth = node.depth;
        if below.len() < depth + 2 {
            below.resize_with(depth + 2, Default::default);
        }
        let (children, _) = std::mem::take(&mut below[depth + 1]);
        node.sums.add(&children);
        below[depth].0.add(&node.sums);
        node.is_last = !std::mem::replace(&mut below[depth].1, true);
    }
    nodes
}
