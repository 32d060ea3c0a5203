//! Spans, read back.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use rusqlite::Row;
use serde_json::Value as Json;

use super::{
    Attributes, Store, StoreError,
    conditions::Conditions,
    filter::{Filter, conditions},
    time, value,
};

/// Which spans are asked for.
///
/// ```
/// use std::time::Duration;
/// use llm_span::store::{Order, SpanQuery};
///
/// let slow = SpanQuery::new().longer_than(Duration::from_secs(1)).order(Order::Slowest);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanQuery(Filter);

conditions!(SpanQuery);

/// How a span ended, as OpenTelemetry has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanStatus {
    /// Nothing is said: usually well.
    #[default]
    Unset,
    /// Well.
    Ok,
    /// It failed.
    Error,
}

impl SpanStatus {
    /// Its name in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }

    pub(super) fn of(name: &str) -> Self {
        match name {
            "ok" => Self::Ok,
            "error" => Self::Error,
            _ => Self::Unset,
        }
    }
}

impl fmt::Display for SpanStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpanRow {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// `None` of a root.
    pub parent_span_id: Option<String>,
    /// Whether the parent is of another process.
    pub parent_is_remote: bool,
    /// As it was exported.
    pub name: String,
    /// `internal`, `server`, `client`, `producer`, `consumer`.
    pub kind: String,
    /// `service.name` of the process that it is from.
    pub service: String,
    /// How it ended.
    pub status: SpanStatus,
    /// Of an error, where one was told.
    pub status_message: Option<String>,
    /// When it began.
    pub start: SystemTime,
    /// When it ended.
    pub end: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// Its attributes.
    pub attributes: Attributes,
    /// The attributes of the process that it is from.
    pub resource: Attributes,
    /// The name of its instrumentation scope.
    pub scope: String,
    /// The scope's version.
    pub scope_version: Option<String>,
    /// Spans that it is linked to.
    pub links: Vec<SpanLink>,
    /// How many attributes, events and links had no room in it.
    pub dropped: (u32, u32, u32),
}

/// A span that another is linked to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpanLink {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Of the link.
    pub attributes: Attributes,
}

/// An event of a span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpanEvent {
    /// Its name: `exception`.
    pub name: String,
    /// When it was.
    pub at: SystemTime,
    /// Its attributes.
    pub attributes: Attributes,
}

const SELECT: &str =
    "SELECT trace_id, span_id, parent_span_id, parent_is_remote, name, kind, service, status, status_message, start_ns, end_ns,
    attributes, resource, scope_name, scope_version, links, dropped_attributes, dropped_events, dropped_links FROM spans";

impl SpanRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text = |column: usize| row.get::<_, String>(column);
        let (start, end): (i64, i64) = (row.get(9)?, row.get(10)?);
        Ok(Self {
            trace_id: text(0)?,
            span_id: text(1)?,
            parent_span_id: row.get(2)?,
            parent_is_remote: row.get(3)?,
            name: text(4)?,
            kind: text(5)?,
            service: text(6)?,
            status: SpanStatus::of(&text(7)?),
            status_message: row.get(8)?,
            start: time::of_nanoseconds(start),
            end: time::of_nanoseconds(end),
            duration: time::between(start, end),
            attributes: value::read(&text(11)?),
            resource: value::read(&text(12)?),
            scope: text(13)?,
            scope_version: row.get(14)?,
            links: links(&text(15)?),
            dropped: (row.get(16)?, row.get(17)?, row.get(18)?),
        })
    }
}

fn links(text: &str) -> Vec<SpanLink> {
    let Ok(Json::Array(links)) = serde_json::from_str(text) else { return Vec::new() };
    let id = |link: &Json, key: &str| link.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let attributes =
        |link: &Json| link.get("attributes").map(|attributes| value::read(&attributes.to_string())).unwrap_or_default();
    let link =
        |link: &Json| SpanLink { trace_id: id(link, "trace_id"), span_id: id(link, "span_id"), attributes: attributes(link) };
    links.iter().map(link).collect()
}

impl Store {
    /// Spans, by these conditions and in that order.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn spans(&self, query: &SpanQuery) -> Result<Vec<SpanRow>, StoreError> {
        let mut conditions = Conditions::default();
        query.0.common(&mut conditions);
        query.0.of_spans(&mut conditions);
        let (sql, values) = conditions.query(SELECT, query.0.order.sql(), query.0.limit);
        self.rows(&sql, values, SpanRow::of)
    }

    /// The events of a span, in their order.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn span_events(&self, trace_id: &str, span_id: &str) -> Result<Vec<SpanEvent>, StoreError> {
        let sql = "SELECT name, time_ns, attributes FROM span_events WHERE trace_id = ? AND span_id = ? ORDER BY position";
        let values = [trace_id, span_id].map(|id| rusqlite::types::Value::Text(id.to_owned()));
        self.rows(sql, values.into(), |row| {
            let attributes: String = row.get(2)?;
            Ok(SpanEvent { name: row.get(0)?, at: time::of_nanoseconds(row.get(1)?), attributes: value::read(&attributes) })
        })
    }
}
