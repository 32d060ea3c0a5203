//! Traces, read back.

use std::time::{Duration, SystemTime};

use rusqlite::{Row, types::Value as SqlValue};

use super::{
    SpanStatus, Store, StoreError, Sums,
    conditions::Conditions,
    filter::{Filter, conditions},
    sums::{COLUMNS, METRICS},
    time,
};

/// Which traces are asked for.
///
/// ```
/// use llm_span::store::{SpanStatus, TraceQuery};
///
/// let failed = TraceQuery::new().status(SpanStatus::Error).attribute("llm.model", "gpt-4o").limit(20);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceQuery(Filter);

conditions!(TraceQuery);

/// A trace. Its spans may still come in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceRow {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Of its root; while that has not come, of the span that began first.
    pub name: String,
    /// `service.name` of the same span.
    pub service: String,
    /// How the same span ended.
    pub status: SpanStatus,
    /// `None` while the root has not come.
    pub root_span_id: Option<String>,
    /// When its first span began.
    pub start: SystemTime,
    /// From then until its last span ended.
    pub duration: Duration,
    /// How many spans it has.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
    /// What its requests to models took, also those whose spans were not kept.
    pub sums: Sums,
}

const SELECT: &str =
    "SELECT trace_id, name, service, status, root_span_id, start_ns, end_ns, max(spans, 0), max(errors, 0) FROM traces";

impl TraceRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let status: String = row.get(3)?;
        let (start, end): (i64, i64) = (row.get(5)?, row.get(6)?);
        Ok(Self {
            trace_id: row.get(0)?,
            name: row.get(1)?,
            service: row.get(2)?,
            status: SpanStatus::of(&status),
            root_span_id: row.get(4)?,
            start: time::of_nanoseconds(start),
            duration: time::between(start, end),
            spans: row.get::<_, i64>(7)?.unsigned_abs(),
            errors: row.get::<_, i64>(8)?.unsigned_abs(),
            sums: Sums::default(),
        })
    }
}

impl Store {
    /// Traces, by these conditions and in that order.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn traces(&self, query: &TraceQuery) -> Result<Vec<TraceRow>, StoreError> {
        let mut conditions = Conditions::default();
        query.0.common(&mut conditions);
        let mut of_spans = Conditions::default();
        query.0.of_spans(&mut of_spans);
        conditions.and_within("EXISTS (SELECT 1 FROM spans WHERE spans.trace_id = traces.trace_id", of_spans, ")");
        let (sql, values) = conditions.query(SELECT, query.0.order.sql(), query.0.limit);
        let mut traces = self.rows(&sql, values, TraceRow::of)?;
        for trace in &mut traces {
            trace.sums = self.sums_of(&trace.trace_id)?;
        }
        Ok(traces)
    }

    fn sums_of(&self, trace_id: &str) -> Result<Sums, StoreError> {
        // Without rows the sums are NULL.
        let sql = format!("SELECT {COLUMNS} FROM metrics WHERE trace_id = ? AND {METRICS} GROUP BY trace_id");
        let sums = self.rows(&sql, vec![SqlValue::Text(trace_id.to_owned())], |row| Sums::of(row, 0))?;
        Ok(sums.into_iter().next().unwrap_or_default())
    }
}
