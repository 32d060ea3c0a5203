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
