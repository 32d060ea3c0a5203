//! Sinks of this process: console, SQLite file, Prometheus endpoint.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// What the console shows besides spans, log lines and metric events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsoleSettings {
    /// Whether the metrics' values are dumped at each export interval.
    pub metrics: bool,
}

/// A SQLite file, and how much of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteSettings {
    /// The file; it and its folder are made where they are missing.
    pub path: PathBuf,
    /// Traces that began longer ago are deleted; `None`: never.
    pub max_age: Option<Duration>,
    /// The file is kept below so many bytes, by deleting the oldest traces; `None`: it grows.
    pub max_bytes: Option<u64>,
}

impl SqliteSettings {
    /// That file, kept for ever.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), max_age: None, max_bytes: None }
    }
}

/// Metrics for Prometheus to scrape.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrometheusSettings {
    /// The path of the endpoint.
    pub path: String,
    /// Where a listener of its own serves it; `None`: the program's own server does, by [`Guard::prometheus`](super::super::Guard::prometheus).
    pub listen: Option<SocketAddr>,
}

/// `/metrics`, served by the program.
impl Default for PrometheusSettings {
    fn default() -> Self {
        Self { path: "/metrics".into(), listen: None }
    }
}
