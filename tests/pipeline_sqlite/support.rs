//! A pipeline with a SQLite file.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use llm_span::{
    Telemetry,
    pipeline::{Guard, LogFormat, Settings, SqliteSettings},
    store::Store,
};
use rusqlite::Connection;
use tempfile::TempDir;
use tracing::{Dispatch, Event, Metadata, Subscriber, span, subscriber::Interest};
use tracing_subscriber::layer::SubscriberExt as _;

pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// A pipeline with a SQLite file in a folder of its own.
pub(crate) struct Bench {
    pub(crate) guard: Guard,
    pub(crate) dispatch: Dispatch,
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("telemetry.db");
        let (dispatch, guard) = pipeline(&path, change);
        Self { guard, dispatch, path, _folder: folder }
    }

    /// Does something under the pipeline, and waits until it is written.
    pub(crate) fn run<T>(&self, act: impl FnOnce() -> T) -> T {
        let result = tracing::dispatcher::with_default(&self.dispatch, act);
        assert!(self.guard.flush(TIMEOUT), "all is written");
        result
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.path).unwrap()
    }

    pub(crate) fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        number(&self.path, sql)
    }

    /// How many items the file's sink has lost.
    pub(crate) fn lost(&self) -> u64 {
        self.guard.losses().iter().filter(|(sink, _)| sink == "sqlite").map(|(_, losses)| losses.total()).sum()
    }
}

pub(crate) fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A pipeline that writes into that file, and nowhere else.
pub(crate) fn pipeline(path: &Path, change: impl FnOnce(&mut Settings) + Send + 'static) -> (Dispatch, Guard) {
    static KEEPER: OnceLock<Dispatch> = OnceLock::new();
    KEEPER.get_or_init(|| Dispatch::new(Keeper));
    let (layer, guard) = telemetry(path, change).build().unwrap();
    (Dispatch::new(tracing_subscriber::registry().with(layer)), guard)
}

/// How it is set up.
pub(crate) fn telemetry(path: &Path, change: impl FnOnce(&mut Settings) + Send + 'static) -> Telemetry {
    let path = path.to_owned();
    Telemetry::new().environment([]).service_name("chat").set(move |settings| {
        settings.sqlite = Some(SqliteSettings::new(path));
        settings.logs.format = Some(LogFormat::Off);
        change(settings);
    })
}

/// A call to a model, as the attribute's functions make them.
#[llm_span::llm_span(operation = "chat", provider = "openai", model = model)]
pub(crate) fn call(model: &str, prompt: u64, completion: u64) -> Result<Answer, std::io::Error> {
    Ok(Answer { prompt, completion })
}

pub(crate) struct Answer {
    prompt: u64,
    completion: u64,
}

impl llm_span::ReportUsage for Answer {
    fn usage(&self) -> Option<llm_span::Usage> {
        Some(llm_span::Usage::new(self.prompt, self.completion))
    }
}

/// A second subscriber, which wants nothing: while there is one only, `tracing` remembers for the whole process that nobody wants a callsite that
/// another thread has met first.
struct Keeper;

impl Subscriber for Keeper {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
