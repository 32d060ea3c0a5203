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
    /// Fields of spans that lines carry, each with the key it has there: that of the nearest span that has the field. An event's own field of the
    /// key stands for it. JSON lines have them; readable lines, and what sinks get, do not.
    pub span_fields: Vec<(String, String)>,
    /// Whether lines within an LLM call carry its `provider`, `model`, `input_tokens` and `output_tokens`; JSON lines only. See
    /// [`JsonLogs::with_llm_fields`](crate::JsonLogs::with_llm_fields).
    pub llm_fields: bool,
}

/// From `INFO` on.
impl Default for LogSettings {
    fn default() -> Self {
        Self { format: None, output: LogOutput::Stdout, filter: "info".into(), span_fields: Vec::new(), llm_fields: false }
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

    /// Carries a field of spans into the JSON lines within them, under that key; a key that is there already has the new field.
    ///
    /// ```
    /// use llm_span::pipeline::LogSettings;
    ///
    /// let logs = LogSettings::json().span_field("http.request_id", "request_id").llm_fields();
    /// assert_eq!(logs.span_fields, [("http.request_id".to_owned(), "request_id".to_owned())]);
    /// ```
    #[must_use]
    pub fn span_field(mut self, field: impl Into<String>, key: impl Into<String>) -> Self {
        self.carry(field.into(), key.into());
        self
    }

    /// Carries `provider`, `model`, `input_tokens` and `output_tokens` of LLM calls into the JSON lines within them.
    #[must_use]
    pub fn llm_fields(mut self) -> Self {
        self.llm_fields = true;
        self
    }

    /// Whether JSON lines carry anything of spans but ids.
    pub(crate) fn carries(&self) -> bool {
        self.llm_fields || !self.span_fields.is_empty()
    }

    /// A line has a key once.
    pub(crate) fn carry(&mut self, field: String, key: String) {
        match self.span_fields.iter_mut().find(|(_, other)| *other == key) {
            Some((former, _)) => *former = field,
            None => self.span_fields.push((field, key)),
        }
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
