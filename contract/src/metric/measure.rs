//! What may be measured of a span.

use std::borrow::Cow;

/// What is measured of a span. Times are seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure {
    /// One for each span that has ended: a call when its outcome is recorded, another span when it closes.
    Closed,
    /// From the span's creation to its end.
    Duration,
    /// From the span's creation to its first enter. A span that was never entered did wait, and is measured to its end.
    ///
    /// The span must exist while the work waits: open it where the work is queued,
    /// `work.instrument(tracing::info_span!("job", job.kind = kind))`. `#[tracing::instrument]` on an `async fn` opens its span at the first
    /// poll: there the wait is always about 0.
    Wait,
    /// From the span's first enter to its end. A span that was never entered is not measured. Where the span has to be opened so that this
    /// is less than its duration: see [`Measure::Wait`].
    Execution,
    /// For how long the span was entered, all times together.
    Busy,
    /// How many spans are open now: one more at a span's creation, one less at its end.
    ///
    /// Its labels, and which spans are meant ([`Spans::only_where`](super::Spans::only_where), [`Spans::only_with`](super::Spans::only_with),
    /// [`of_spans_with`](super::MetricBuilder::of_spans_with)), go by what is known at the span's creation: what is recorded later changes
    /// neither.
    Open,
    /// How many spans wait now: one more at a span's creation, one less at its first enter or its end. Labels, and which spans are meant, as
    /// for [`Measure::Open`]; where the span has to be opened so that it waits: see [`Measure::Wait`].
    Waiting,
    /// A number of tokens. Counted once: not where this call repeats what a call below it counted already. Calls are compared by the
    /// attributes in which the built-in contracts and sets have tokens; tokens that others tell are the span's own, and always counted. A
    /// negative value is not measured; of a contract's attribute it is a finding.
    Tokens(Amount),
    /// An amount of money; see [`decimal`](crate::decimal) for what is one. What is none is not measured, it is a finding. Counted
    /// once, as tokens are.
    Cost(Amount),
    /// What a number of the span says: bytes, chunks, seconds to the first chunk. Not counted once: also of each call around another.
    ///
    /// A number is an integer, a fraction, or a text that spells one (`"42"`, `" 0.5 "`), also by `%` or `?`; a boolean is none. Left out is
    /// what is no number, and an integer beyond an `i64`; of a counter and of a decimal counter what [`MetricKind`](super::MetricKind) says
    /// that they don't add; of a histogram what is not finite. A gauge takes every number. Nothing tells of what was left out.
    Value(Amount),
    /// The time from each chunk of a stream to the next one: as many measurements as the stream had chunks, less one. None of spans that
    /// are no calls.
    TimePerChunk,
    /// One for each violation of a contract; its labels are [`Fact`](super::Fact)s of the finding.
    Violations,
    /// What the user's callback tells when the metric is collected: for what outlives spans.
    Callback,
}

/// A number that attributes of a span say: the first of some sums all of whose parts were recorded.
///
/// ```
/// use llm_span_contract::Amount;
///
/// // The total where it stands; else input and output, where both do.
/// let total = Amount::of("llm.tokens.total").or_sum(["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"]);
/// assert_eq!(total.keys().count(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount(Vec<Vec<Cow<'static, str>>>);

impl Amount {
    /// What this attribute says.
    pub fn of(key: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![vec![key.into()]])
    }

    /// Where that was not recorded: what this attribute says.
    #[must_use]
    pub fn or(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(vec![key.into()]);
        self
    }

    /// Where that was not recorded: the sum of these attributes, if all were.
    #[must_use]
    pub fn or_sum<K: Into<Cow<'static, str>>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.0.push(keys.into_iter().map(Into::into).collect());
        self
    }

    /// The alternatives, best first; each is a sum of attributes.
    pub fn alternatives(&self) -> impl Iterator<Item = &[Cow<'static, str>]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// All attributes it may be read from.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(AsRef::as_ref)
    }
}
