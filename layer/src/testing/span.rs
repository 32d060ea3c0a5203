//! A span that was captured: what was recorded on it, and what that means.

use std::{fmt, sync::Arc, time::Duration};

use llm_span_contract::{Operation, Outcome, Value, keys};

use super::{
    place::Place,
    snapshot::Snapshot,
    store::SpanData,
    tokens::{self, Tokens},
};
use crate::report::{Ending, Panel, SpanLine, pairs, shown};

/// A span as it was when it was asked for: what happens to it later does not show.
///
/// ```
/// use llm_span::{Operation, Outcome, Usage, call, testing};
///
/// let calls = testing::capture();
/// call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
///
/// let span = calls.only();
/// assert_eq!(span.operation(), Some(Operation::Chat));
/// span.assert_outcome(Outcome::Ok);
/// span.assert_attribute("llm.model", "gpt-4o");
/// ```
#[derive(Clone)]
pub struct CapturedSpan {
    snapshot: Arc<Snapshot>,
    place: usize,
}

impl CapturedSpan {
    pub(super) fn new(snapshot: Arc<Snapshot>, place: usize) -> Self {
        Self { snapshot, place }
    }

    pub(super) fn data(&self) -> &SpanData {
        &self.snapshot.seen.spans[self.place]
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub(super) fn shared(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The position among the captured spans, in the order of their opening.
    pub(super) fn position(&self) -> usize {
        self.place
    }

    /// The span's name.
    pub fn name(&self) -> &'static str {
        self.data().metadata.name()
    }

    /// The span's target.
    pub fn target(&self) -> &'static str {
        self.data().metadata.target()
    }

    /// The span's level.
    pub fn level(&self) -> tracing::Level {
        *self.data().metadata.level()
    }

    /// The id the subscriber gave it. Ids are used again after a span has closed.
    pub fn id(&self) -> tracing::Id {
        tracing::Id::from_u64(self.data().id)
    }

    /// Where in the program it was opened; what was recorded as `code.file.path` and `code.line.number` goes first.
    pub fn place(&self) -> Option<Place> {
        Place::of_span(self.data())
    }

    /// The value that holds for an attribute: the last one recorded.
    pub fn attribute(&self, key: &str) -> Option<Value<'static>> {
        self.data().get(key).cloned()
    }

    /// Every record, in order; an attribute may be recorded more than once.
    pub fn records(&self) -> impl Iterator<Item = (&'static str, &Value<'static>)> {
        self.data().records.iter().map(|(key, value)| (*key, value))
    }

    /// How the call ended; `None` while it is under way. A span on which no outcome is recorded ends when it closes, as an error
    /// where `error.type` or an error status is recorded, else as a success.
    pub fn outcome(&self) -> Option<Outcome> {
        self.data().outcome()
    }

    /// The tokens recorded on this span, `llm.tokens.*`, else `gen_ai.usage.*`; `None` where there are none: absent is not
    /// zero.
    ///
    /// Where only one of prompt and completion was recorded, the other one is 0 here, as it is in a sum. Whether a 0 was recorded
    /// is told by [`attribute`](Self::attribute), and a model call that succeeds without both is told by `assert_contract`.
    ///
    /// ```
    /// use llm_span::{Operation, Usage, call, testing};
    ///
    /// let calls = testing::capture();
    /// call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, None::<u32>));
    ///
    /// let span = calls.only();
    /// assert_eq!(span.tokens(), Some(testing::Tokens::new(128, 0)));
    /// assert_eq!(span.attribute("llm.tokens.completion"), None, "it is not known");
    /// ```
    pub fn tokens(&self) -> Option<Tokens> {
        tokens::of(self.data())
    }

    /// What the call does, from `gen_ai.operation.name`, else from `llm.request.type`.
    pub fn operation(&self) -> Option<Operation> {
        self.data().observed().operation()
    }

    /// The value of `error.type`.
    pub fn error_type(&self) -> Option<String> {
        Some(self.data().get(keys::ERROR_TYPE)?.as_str()?.to_owned())
    }

    /// Whether the span is closed: every clone of it and every child is dropped. A call ends earlier, when its outcome is recorded.
    pub fn is_closed(&self) -> bool {
        self.data().closed.is_some()
    }

    /// How long the call took, from the span's opening to its end; `None` while it is under way.
    pub fn duration(&self) -> Option<Duration> {
        self.outcome().map(|_| self.snapshot.elapsed(self.data()))
    }

    /// The span it was opened below, as far as that belongs to the same capture.
    pub fn parent(&self) -> Option<Self> {
        self.data().parent.map(|place| Self::new(Arc::clone(&self.snapshot), place))
    }

    /// Its parent, its parent's parent, and so on.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Whether it is the same span of the same capture.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.place == other.place && self.snapshot.is_of_the_same(&other.snapshot)
    }

    pub(super) fn line(&self) -> SpanLine<'static> {
        let (data, outcome) = (self.data(), self.outcome());
        let ending = match outcome {
            Some(outcome) if data.closed.is_some() => Ending::Closed(outcome),
            Some(outcome) => Ending::Finished(outcome),
            None => Ending::Open,
        };
        let elapsed = self.snapshot.settings.timed.then(|| self.snapshot.elapsed(data));
        SpanLine { name: self.name(), ending, elapsed, required: None }
    }

    /// What was recorded, as a report shows it; the place is told apart.
    pub(super) fn recorded(&self) -> Vec<String> {
        let records = self.records().filter(|(key, _)| !Place::KEYS.contains(key));
        pairs(records.map(|(key, value)| (key.to_owned(), shown(key, value))))
    }

    /// A box about this span.
    pub(super) fn panel(&self, title: String, lines: Vec<String>, help: String) -> Panel {
        let line = std::iter::once(self.line().to_string());
        Panel { title, place: self.place().map(|place| place.to_string()), lines: line.chain(lines).collect(), help }
    }
}

/// One line of what it is, then what was recorded; content as its length.
impl fmt::Debug for CapturedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {{ {} }}", self.line(), self.recorded().join("   "))
    }
}
