//! Sinks of this process: console, SQLite file, Prometheus endpoint.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// What the console shows besides spans, log lines and metric events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsoleSettings {
    /// Whether the metrics' values are dumped at each export interval.
    pub metrics: bool,
}

impl ConsoleSettings {
    /// Spans, log lines and metric events.
    ///
    /// ```
    /// assert!(llm_span::pipeline::ConsoleSettings::new().with_metrics().metrics);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// With the metrics' values at each export interval.
    #[must_use]
    pub fn with_metrics(mut self) -> Self {
        self.metrics = true;
        self
    }
}

/// A SQLite file, and how much of it is kept.
///
/// A new file may be read by its owner alone (mode 0600 on Unix), since prompts may be in it; one that is there keeps its mode.
///
/// While a reader holds a transaction open, nothing can be taken from the file's log (`-wal`), and all that is written stays there. It has a bound:
/// a part of `max_bytes`, else 1 GiB. Once that is reached the sink waits up to ten seconds for the reader, then loses what it can't write, and says
/// so, until the reader ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteSettings {
    /// The file, on a local disk; it and its folder are made where they are missing.
    pub path: PathBuf,
    /// Traces whose last span ended longer ago are deleted, and other rows as old; `None`: never.
    pub max_age: Option<Duration>,
    /// The file and its log are kept below so many bytes, by deleting the oldest traces; 16 000 000 at least; `None`: it grows. The smaller, the
    /// fewer rows are written at a time, which is slower, and heavier for the disk.
    pub max_bytes: Option<u64>,
}

impl SqliteSettings {
    /// That file, kept for ever.
    ///
    /// ```
    /// use std::time::Duration;
    /// use llm_span::pipeline::SqliteSettings;
    ///
    /// let sqlite = SqliteSettings::new("telemetry.db").max_age(Duration::from_secs(7 * 86_400)).max_bytes(512_000_000);
    /// assert_eq!(sqlite.max_bytes, Some(512_000_000));
    /// ```
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), max_age: None, max_bytes: None }
    }

    /// Deletes traces that began longer ago.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Keeps the file below so many bytes, by deleting the oldest traces.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
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

impl PrometheusSettings {
    /// `/metrics`, served by the program.
    ///
    /// ```
    /// use llm_span::pipeline::PrometheusSettings;
    ///
    /// let prometheus = PrometheusSettings::new().path("/internal/metrics").listening(([127, 0, 0, 1], 9464));
    /// assert_eq!(prometheus.path, "/internal/metrics");
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// The path of the endpoint, which begins with `/`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Serves it by a listener of its own.
    #[must_use]
    pub fn listening(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = Some(address.into());
        self
    }
}
