//! Events made by hand.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    InstrumentationScope, KeyValue, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, SpanKind, Status, TraceState},
};
use opentelemetry_sdk::{
    Resource,
    trace::{SpanData, SpanEvents, SpanLinks},
};
use tempfile::TempDir;

use super::super::{Sqlite, bounds::Bounds};
use crate::{
    metrics::{MetricEvent, Number},
    pipeline::{
        event::Event,
        settings::SqliteSettings,
        worker::{Failure, Patience, Sink as _},
    },
    store::Store,
};

/// A sink with a folder of its own.
pub(super) struct Bench {
    pub(super) folder: TempDir,
    pub(super) settings: SqliteSettings,
    pub(super) sink: Sqlite,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut SqliteSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = SqliteSettings::new(folder.path().join("telemetry.db"));
        change(&mut settings);
        let sink = open(&settings, "chat").unwrap();
        Self { folder, settings, sink }
    }

    /// A file of so many bytes at most, which may be fewer than a program is let set.
    pub(super) fn within(bytes: u64) -> Self {
        let mut bench = Self::new();
        bench.bound(bytes);
        bench
    }

    /// Opens the file anew, with that bound.
    pub(super) fn bound(&mut self, bytes: u64) {
        self.sink = Sqlite::within(Bounds::within(bytes), &self.settings, &resource("chat")).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        &self.settings.path
    }

    pub(super) fn write(&mut self, events: impl IntoIterator<Item = Event>) -> Result<(), Failure> {
        self.sink.write(events.into_iter().collect(), &Patience::default())
    }

    pub(super) fn store(&self) -> Store {
        Store::open(self.path()).unwrap()
    }

    pub(super) fn sql(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    pub(super) fn number(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub(super) fn text(&self, sql: &str) -> String {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// How SQLite goes about a query.
    pub(super) fn plan(&self, sql: &str) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        self.sql().query_row(&sql, [], |row| row.get("detail")).unwrap()
    }

    /// Bytes of the database and its log.
    pub(super) fn size(&self) -> u64 {
        let log = PathBuf::from(format!("{}-wal", self.path().display()));
        [self.path(), &log].iter().map(|path| path.metadata().map_or(0, |found| found.len())).sum()
    }
}

pub(super) fn open(settings: &SqliteSettings, service: &'static str) -> Result<Sqlite, String> {
    Sqlite::open(settings, &resource(service))
}

fn resource(service: &'static str) -> Resource {
    Resource::builder_empty().with_service_name(service).with_attribute(KeyValue::new("region", "eu")).build()
}

/// A time that has nanoseconds: 2026-11-21 08:52:32.036727193 UTC.
pub(super) fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(1_795_251_152_036_727_193)
}

/// A span of trace and id by numbers; parent 0: a root. It begins `start` milliseconds later than [`noon`], and takes 10.
pub(super) fn data(trace: u128, id: u64, parent: u64, start: u64) -> SpanData {
    let start_time = noon() + Duration::from_millis(start);
    SpanData {
        span_context: SpanContext::new(trace.into(), id.into(), TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: parent.into(),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: format!("span {id}").into(),
        start_time,
        end_time: start_time + Duration::from_millis(10),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("tests").build(),
    }
}

pub(super) fn ended(span: SpanData) -> Event {
    Event::SpanEnd(Arc::new(span))
}

pub(super) fn span(trace: u128, id: u64, parent: u64, start: u64) -> Event {
    ended(data(trace, id, parent, start))
}

pub(super) fn with(attributes: impl IntoIterator<Item = KeyValue>) -> Event {
    let mut span = data(1, 1, 0, 0);
    span.attributes = attributes.into_iter().collect();
    ended(span)
}

/// A measurement of a span, by a request to a model.
pub(super) fn metric(name: &'static str, value: Number, span: Option<(u128, u64)>, at: SystemTime) -> Event {
    measured(name, if name == "cost" { "USD" } else { "tokens" }, value, span, at)
}

pub(super) fn measured(
    name: &'static str,
    unit: &'static str,
    value: Number,
    span: Option<(u128, u64)>,
    at: SystemTime,
) -> Event {
    let (trace_id, span_id) =
        span.map(|(trace, span)| (TraceId::from(trace).to_string(), SpanId::from(span).to_string())).unzip();
    let attributes = [("model_id", "gpt-4o"), ("provider_id", "openai")].into_iter().collect();
    let (metric, unit) = (name.into(), unit.into());
    Event::Metric(Arc::new(MetricEvent { trace_id, span_id, metric, value, unit, timestamp: at, attributes }))
}
