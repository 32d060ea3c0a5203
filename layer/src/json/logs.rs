//! The layer as the user builds it.

use super::JsonKey;
use super::layout::{Choices, Layout, SpanField};
use super::output::DroppedLines;
use super::plan::Plan;
use super::span_fields::SpanPlan;
use super::value::Values;
use crate::ids::{DispatchHandle, IdSource};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Plans of callsites, by the address of their metadata. Not by `callsite::Identifier`: those of the `log` crate's
/// five callsites stand at types without size, which may share one address.
pub(super) type Plans<T> = papaya::HashMap<usize, T, foldhash::fast::RandomState>;

const VALUE_LIMIT: usize = 64 * 1024;

/// A layer that writes each event as one JSON object on one line, with the trace and span ids of the event's span.
///
/// ```json
/// {"time":"2026-03-03T06:36:44.123456Z","level":"INFO","msg":"response generated","target":"gateway::chat",
///  "trace_id":"5d8a7c3f2e1b9a8c7d6e5f4a3b2c1d0e","span_id":"1a2b3c4d5e6f7a8b","trace_flags":"01","attempt":1}
/// ```
///
/// (In one line.) The keys stand in this order; [`JsonKey`] lists them. The event's own fields follow, then what is
/// carried from spans on request ([`with_llm_fields`](Self::with_llm_fields), [`with_span_field`](Self::with_span_field)).
///
/// **Every line is valid JSON**, whatever the values are:
/// - Numbers are numbers as far as 64 bits reach, beyond that strings. `NaN` and the infinities are the strings
///   `"NaN"`, `"inf"` and `"-inf"`. Bytes are a string of hexadecimal digits.
/// - An error is written with its sources: `request failed: connection reset`.
/// - A value longer than [the limit](Self::with_value_limit) is cut and ends in `…[cut]`.
/// - A value whose `Debug` or `Display` panics becomes `"<panicked>"`. One that emits events itself gives each a
///   line of its own, up to four deep.
///
/// **No key stands twice in a line**, and no field can pass for one of the layer's own: an event's field named like
/// one, as `trace_id`, has the key `field.trace_id`. So has the second field of one name; further ones are numbered,
/// `field.trace_id.2`.
///
/// **Ids** are in every line within a span, sampled or not, with OpenTelemetry or without; see [`IdSource`]. They are
/// those of the event's own span, its explicit parent if it names one, also where a filter on this layer hides that
/// span. Events outside of any span and with `parent: None` have no ids.
///
/// Events of the `log` crate that come through `tracing-log` are written with the target of the log record.
///
/// The layer never panics, and never fails the code that logs: lines that could not be written are
/// [counted](Self::dropped).
///
/// # Examples
///
/// ```
/// use llm_span::JsonLogs;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(JsonLogs::new(std::io::stdout));
/// tracing::subscriber::with_default(subscriber, || {
///     let span = tracing::info_span!("chat");
///     let _entered = span.enter();
///     tracing::info!(attempt = 1, "response generated");
/// });
/// ```
pub struct JsonLogs<W> {
    pub(super) writer: W,
    pub(super) source: IdSource,
    pub(super) values: Values,
    pub(super) layout: Layout,
    pub(super) dropped: DroppedLines,
    pub(super) dispatch: DispatchHandle,
    pub(super) events: Plans<Arc<Plan>>,
    pub(super) spans: Plans<SpanPlan>,
    /// Tells this layer's values from another's in a span that both have seen.
    pub(super) number: usize,
    /// How often callsites were registered: so they are when layers are reloaded.
    pub(super) epoch: AtomicUsize,
    choices: Choices,
}

impl<W> JsonLogs<W> {
    /// Lines with ids from wherever they are to be had ([`IdSource::Auto`]), to that writer.
    ///
    /// Any [`MakeWriter`](tracing_subscriber::fmt::MakeWriter) serves: `std::io::stdout`, a `Mutex<File>`, a
    /// non-blocking appender, a writer for some levels only. Each line reaches it in one call of `write_all`.
    pub fn new(writer: W) -> Self {
        let choices = Choices::default();
        Self {
            writer,
            source: IdSource::default(),
            values: Values { limit: VALUE_LIMIT },
            layout: Layout::new(&choices),
            dropped: DroppedLines::default(),
            dispatch: DispatchHandle::default(),
            events: Plans::default(),
            spans: Plans::default(),
            number: number(),
            epoch: AtomicUsize::new(0),
            choices,
        }
    }

    /// Where the ids come from.
    #[must_use]
    pub fn with_ids(mut self, source: IdSource) -> Self {
        self.source = source;
        self
    }

    /// Gives a key another name. Where two keys are given the same name, the latter in the order of [`JsonKey`] is
    /// written as `field.<name>`.
    #[must_use]
    pub fn with_key(self, key: JsonKey, name: impl Into<Cow<'static, str>>) -> Self {
        self.choose(|choices| choices.names[key.index()] = Some(name.into()))
    }

    /// Leaves a key out. Its name is then free for fields.
    #[must_use]
    pub fn without_key(self, key: JsonKey) -> Self {
        self.choose(|choices| choices.names[key.index()] = None)
    }

    /// Whether lines tell the `file` and the `line` they come from, after the target. Off unless chosen.
    #[must_use]
    pub fn with_source(self, source: bool) -> Self {
        self.choose(|choices| choices.source = source)
    }

    /// Whether lines within an LLM call carry its `provider`, `model`, `input_tokens` and `output_tokens`, as far as
    /// they are known when the line is written. Off unless chosen.
    ///
    /// They are read from the nearest span that has any of them, from its fields `gen_ai.provider.name`,
    /// `gen_ai.request.model`, `gen_ai.usage.input_tokens` and `gen_ai.usage.output_tokens` or, where those are
    /// absent, `llm.provider`, `llm.model`, `llm.tokens.prompt` and `llm.tokens.completion`. An event's own field of
    /// such a key stands for it. Tokens that the call's body has recorded by [`record_usage`](crate::record_usage) are told
    /// at once, although its span has them only when the call ends. A span that a filter hides from this layer has no fields for it.
    #[must_use]
    pub fn with_llm_fields(self, llm: bool) -> Self {
        self.choose(|choices| choices.llm = llm)
    }

    /// Carries a span field into the lines within that span, from the nearest span that has it. An event's own field
    /// of that name stands for it. A span that a filter hides from this layer has no fields for it.
    ///
    /// ```
    /// # use llm_span::JsonLogs;
    /// let logs = JsonLogs::new(std::io::stdout).with_span_field("request_id");
    /// # let _ = logs;
    /// ```
    #[must_use]
    pub fn with_span_field(self, field: impl Into<Cow<'static, str>>) -> Self {
        let field = field.into();
        self.with_span_field_as(field.clone(), field)
    }

    /// As [`with_span_field`](Self::with_span_field), under another key.
    #[must_use]
    pub fn with_span_field_as(self, field: impl Into<Cow<'static, str>>, key: impl Into<Cow<'static, str>>) -> Self {
        let field = SpanField { field: field.into(), key: key.into() };
        self.choose(|choices| choices.span_fields.push(field))
    }

    /// The longest a value may be, in bytes before escaping; 65,536 unless chosen.
    #[must_use]
    pub fn with_value_limit(mut self, bytes: usize) -> Self {
        self.values = Values { limit: bytes };
        self
    }

    /// The count of lost lines, to be kept when the layer is installed.
    pub fn dropped(&self) -> DroppedLines {
        self.dropped.clone()
    }

    fn choose(mut self, choice: impl FnOnce(&mut Choices)) -> Self {
        choice(&mut self.choices);
        self.layout = Layout::new(&self.choices);
        // What was planned, and is remembered by threads under this number, is of the layout before.
        (self.events, self.spans, self.number) = (Plans::default(), Plans::default(), number());
        self
    }
}

fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl<W> fmt::Debug for JsonLogs<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLogs")
            .field("ids", &self.source)
            .field("choices", &self.choices)
            .field("value_limit", &self.values.limit)
            .field("dropped", &self.dropped.count())
            .finish_non_exhaustive()
    }
}
