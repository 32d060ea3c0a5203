//! What a batch adds to its traces.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use super::{Source, rows::SpanRow};

/// What the spans of a batch add to one trace.
struct Total<'r> {
    /// The root, or the span that began first.
    named: &'r SpanRow,
    start_ns: i64,
    end_ns: i64,
    spans: i64,
    errors: i64,
}

/// What a batch adds to its traces: each is written once.
#[derive(Default)]
pub(super) struct Totals<'r>(HashMap<&'r str, Total<'r>>);

impl<'r> Totals<'r> {
    /// A span that was not in the file.
    pub(super) fn add(&mut self, span: &'r SpanRow) {
        let new = || Total { named: span, start_ns: span.start_ns, end_ns: span.end_ns, spans: 0, errors: 0 };
        let total = self.0.entry(&span.trace_id).or_insert_with(new);
        total.start_ns = total.start_ns.min(span.start_ns);
        total.end_ns = total.end_ns.max(span.end_ns);
        total.spans += 1;
        total.errors += i64::from(span.status == "error");
        if rank(span) < rank(total.named) {
            total.named = span;
        }
    }

    pub(super) fn write(self, transaction: &Transaction<'_>, source: &Source) -> rusqlite::Result<()> {
        let (mut add, mut rename) = (transaction.prepare(ADD)?, transaction.prepare(NAME)?);
        for (trace_id, total) in self.0 {
            let Total { named, start_ns, end_ns, spans, errors } = total;
            let root = named.parent_span_id.is_none().then_some(&named.span_id);
            let SpanRow { name, status, start_ns: named_ns, .. } = named;
            add.execute(params![trace_id, name, source.service, status, root, named_ns, start_ns, end_ns, spans, errors])?;
            rename.execute(params![trace_id, name, source.service, status, root, named_ns])?;
        }
        Ok(())
    }
}

/// A trace is named after its root; while that has not come, after the span that began first.
fn rank(span: &SpanRow) -> (bool, i64) {
    (span.parent_span_id.is_some(), span.start_ns)
}

/// Spans of a trace come in several batches, and from several processes.
const ADD: &str = "
    INSERT INTO traces (trace_id, name, service, status, root_span_id, named_ns, start_ns, end_ns, spans, errors)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (trace_id) DO UPDATE SET start_ns = min(start_ns, excluded.start_ns), end_ns = max(end_ns, excluded.end_ns),
        spans = spans + excluded.spans, errors = errors + excluded.errors";

/// The same rank, within SQL.
const NAME: &str = "
    UPDATE traces SET name = ?2, service = ?3, status = ?4, root_span_id = ?5, named_ns = ?6
    WHERE trace_id = ?1 AND (?5 IS NULL, ?6) < (root_span_id IS NULL, named_ns)";
