//! A batch, as one transaction.

use rusqlite::{Connection, Statement, Transaction, TransactionBehavior, params};

use super::{
    Source,
    rows::{LogRow, MetricRow, Row, SpanRow},
    totals::Totals,
};

/// Writes all of them or none.
pub(super) fn all(connection: &mut Connection, rows: &[Row], source: &Source) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut totals = Totals::default();
    let mut insert = Insert::new(&transaction, source)?;
    for row in rows {
        match row {
            Row::Span(span) => {
                if insert.span(span)? {
                    totals.add(span);
                }
            }
            Row::Metric(metric) => insert.metric(metric)?,
            Row::Log(log) => insert.log(log)?,
        }
    }
    drop(insert);
    totals.write(&transaction, source)?;
    transaction.commit()
}

/// The statements, prepared once a batch.
struct Insert<'t> {
    span: Statement<'t>,
    event: Statement<'t>,
    metric: Statement<'t>,
    log: Statement<'t>,
    source: &'t Source,
}

impl<'t> Insert<'t> {
    fn new(transaction: &'t Transaction<'_>, source: &'t Source) -> rusqlite::Result<Self> {
        Ok(Self {
            span: transaction.prepare(SPAN)?,
            event: transaction.prepare(EVENT)?,
            metric: transaction.prepare(METRIC)?,
            log: transaction.prepare(LOG)?,
            source,
        })
    }

    /// Whether it was not there already.
    fn span(&mut self, span: &SpanRow) -> rusqlite::Result<bool> {
        let Source { service, resource } = self.source;
        let is_new = self.span.execute(params![
            span.trace_id,
            span.span_id,
            span.parent_span_id,
            span.parent_is_remote,
            span.name,
            span.kind,
            service,
            span.status,
            span.status_message,
            span.start_ns,
            span.end_ns,
            span.attributes,
            resource,
            span.scope_name,
            span.scope_version,
            span.scope_attributes,
            span.links,
            span.trace_flags,
            span.trace_state,
            span.dropped_attributes,
            span.dropped_events,
            span.dropped_links,
        ])? > 0;
        if is_new {
            for (position, event) in (0_i64..).zip(&span.events) {
                let (name, attributes) = (&event.name, &event.attributes);
                let dropped = event.dropped_attributes;
                self.event.execute(params![span.trace_id, span.span_id, position, name, attributes, dropped, event.time_ns])?;
            }
        }
        Ok(is_new)
    }

    fn metric(&mut self, row: &MetricRow) -> rusqlite::Result<()> {
        let MetricRow { event, time_ns, value, attributes } = row;
        let (metric, unit, service) = (&*event.metric, &*event.unit, &self.source.service);
        self.metric.execute(params![event.trace_id, event.span_id, metric, value, unit, attributes, service, time_ns])?;
        Ok(())
    }

    fn log(&mut self, row: &LogRow) -> rusqlite::Result<()> {
        let LogRow { event, time_ns, attributes } = row;
        let (trace_id, span_id) = event.ids.map(|ids| (hex(ids.trace_id_hex()), hex(ids.span_id_hex()))).unzip();
        self.log.execute(params![
            trace_id,
            span_id,
            event.severity.name(),
            &*event.target,
            event.message,
            attributes,
            self.source.service,
            event.file.as_deref(),
            event.line,
            time_ns,
        ])?;
        Ok(())
    }
}

/// The digits are ASCII.
fn hex(digits: &[u8]) -> String {
    String::from_utf8_lossy(digits).into_owned()
}

const SPAN: &str = "
    INSERT INTO spans (trace_id, span_id, parent_span_id, parent_is_remote, name, kind, service, status, status_message, start_ns, end_ns,
        attributes, resource, scope_name, scope_version, scope_attributes, links, trace_flags, trace_state, dropped_attributes,
        dropped_events, dropped_links)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (trace_id, span_id) DO NOTHING";

/// Of a trace that was deleted in part meanwhile an event may still be there.
const EVENT: &str = "
    INSERT OR REPLACE INTO span_events (trace_id, span_id, position, name, attributes, dropped_attributes, time_ns)
    VALUES (?, ?, ?, ?, ?, ?, ?)";

const METRIC: &str = "
    INSERT INTO metrics (trace_id, span_id, metric, value, unit, attributes, service, time_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

const LOG: &str = "
    INSERT INTO logs (trace_id, span_id, severity, target, message, attributes, service, file, line, time_ns)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
