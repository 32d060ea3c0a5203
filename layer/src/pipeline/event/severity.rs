//! How grave a log line is.

use std::fmt;

use tracing::Level;

/// How grave a log line is, as Llama Stack tells it: two more than `tracing` has levels for.
///
/// ```
/// use llm_span::pipeline::Severity;
/// assert!(Severity::Critical > Severity::Error);
/// assert_eq!(Severity::Verbose.to_string(), "verbose");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// `TRACE` of `tracing`.
    Verbose,
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
    /// `ERROR` with the field `severity = "critical"`; `FATAL` of OpenTelemetry.
    Critical,
}

impl Severity {
    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verbose => "verbose",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// The level of `tracing` that it is told at.
    pub const fn level(self) -> Level {
        match self {
            Self::Verbose => Level::TRACE,
            Self::Debug => Level::DEBUG,
            Self::Info => Level::INFO,
            Self::Warn => Level::WARN,
            Self::Error | Self::Critical => Level::ERROR,
        }
    }
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::TRACE => Self::Verbose,
            Level::DEBUG => Self::Debug,
            Level::INFO => Self::Info,
            Level::WARN => Self::Warn,
            Level::ERROR => Self::Error,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
