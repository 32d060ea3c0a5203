//! How the program's own log lines are written.

/// How the program's own log lines (`tracing` events) are written, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogSettings {
    /// `None`: JSON, or nothing where the console is on, which shows them itself.
    pub format: Option<LogFormat>,
    /// Where they are written to.
    pub output: LogOutput,
    /// Which are written, and sent to sinks: a level, or levels by target, `info,hyper=warn`.
    pub filter: String,
}

/// From `INFO` on.
impl Default for LogSettings {
    fn default() -> Self {
        Self { format: None, output: LogOutput::Stdout, filter: "info".into() }
    }
}

impl LogSettings {
    /// One JSON object a line.
    ///
    /// ```
    /// use llm_span::pipeline::{LogOutput, LogSettings};
    ///
    /// let logs = LogSettings::json().filter("info,hyper=warn").output(LogOutput::Stderr);
    /// assert_eq!(logs.filter, "info,hyper=warn");
    /// ```
    pub fn json() -> Self {
        Self { format: Some(LogFormat::Json), ..Self::default() }
    }

    /// Readable lines.
    pub fn text() -> Self {
        Self { format: Some(LogFormat::Text), ..Self::default() }
    }

    /// None are written; sinks get them all the same.
    pub fn off() -> Self {
        Self { format: Some(LogFormat::Off), ..Self::default() }
    }

    /// Which are written, and sent to sinks: a level, or levels by target, `info,hyper=warn`.
    #[must_use]
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = filter.into();
        self
    }

    /// Where they are written to.
    #[must_use]
    pub fn output(mut self, output: LogOutput) -> Self {
        self.output = output;
        self
    }
}

/// What a log line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// One JSON object a line, with trace and span ids; see [`JsonLogs`](crate::JsonLogs).
    Json,
    /// Readable, as the console shows them.
    Text,
    /// Not written.
    Off,
}

/// Where log lines are written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogOutput {
    /// Standard output.
    #[default]
    Stdout,
    /// Standard error.
    Stderr,
}
