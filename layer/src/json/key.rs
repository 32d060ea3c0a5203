//! The keys of a line that are not the user's fields.

/// A key that [`JsonLogs`](super::JsonLogs) writes by itself.
///
/// # Examples
///
/// ```
/// use llm_span::{JsonKey, JsonLogs};
///
/// let logs = JsonLogs::new(std::io::stdout)
///     .with_key(JsonKey::Time, "timestamp")
///     .with_key(JsonKey::Message, "message")
///     .without_key(JsonKey::TraceFlags);
/// # let _ = logs;
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum JsonKey {
    /// `time`: when the line was written, RFC 3339 in UTC with microseconds.
    Time,
    /// `level`: `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    Level,
    /// `msg`: the event's `message` field; no key where the event has none.
    Message,
    /// `target`: the event's target, by default the module path.
    Target,
    /// `file`: the source file, with [`with_source`](super::JsonLogs::with_source) only.
    File,
    /// `line`: the line in the source file, with [`with_source`](super::JsonLogs::with_source) only.
    Line,
    /// `trace_id`: 32 lower-case hexadecimal digits as in W3C Trace Context.
    TraceId,
    /// `span_id`: 16 lower-case hexadecimal digits.
    SpanId,
    /// `trace_flags`: 2 lower-case hexadecimal digits, `01` for a sampled trace.
    TraceFlags,
    /// `provider`: with [`with_llm_fields`](super::JsonLogs::with_llm_fields) only.
    Provider,
    /// `model`: with [`with_llm_fields`](super::JsonLogs::with_llm_fields) only.
    Model,
    /// `input_tokens`: with [`with_llm_fields`](super::JsonLogs::with_llm_fields) only.
    InputTokens,
    /// `output_tokens`: with [`with_llm_fields`](super::JsonLogs::with_llm_fields) only.
    OutputTokens,
}

impl JsonKey {
    pub(super) const COUNT: usize = 13;

    /// The LLM fields and the span fields they are read from; where a span has several, the first counts.
    pub(super) const LLM: [(Self, &'static [&'static str]); 4] = [
        (Self::Provider, &["gen_ai.provider.name", "llm.provider"]),
        (Self::Model, &["gen_ai.request.model", "llm.model"]),
        (Self::InputTokens, &["gen_ai.usage.input_tokens", "llm.tokens.prompt"]),
        (Self::OutputTokens, &["gen_ai.usage.output_tokens", "llm.tokens.completion"]),
    ];

    pub(super) const DEFAULT_NAMES: [&'static str; Self::COUNT] = [
        "time",
        "level",
        "msg",
        "target",
        "file",
        "line",
        "trace_id",
        "span_id",
        "trace_flags",
        "provider",
        "model",
        "input_tokens",
        "output_tokens",
    ];

    pub(super) fn index(self) -> usize {
        self as usize
    }
}
