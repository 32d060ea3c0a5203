//! The guard of a capture, and the questions it answers.

use std::{fmt, future::Future, panic::Location, sync::Arc};

use llm_span_contract::{Contracts, Level, Operation, decimal, suggest};

use super::{
    Captured, CapturedSpan, Scope, Tokens,
    fail::fail,
    scope::Within,
    snapshot::{Settings, Snapshot},
    tokens,
};
use crate::report::Panel;

/// A capture in force: every span that this thread opens is kept, until this guard is dropped.
///
/// The guard stays on its thread and may live across `.await`: in `#[tokio::test]` the test's own future does not change
/// threads, on a runtime of any flavor. What is spawned elsewhere is captured where the capture is carried along, by
/// [`capture`](Self::capture) or [`scope`](Self::scope).
///
/// A "call" is a span that is subject to one of the capture's contracts: for the default ones any span with `llm.*` or `gen_ai.*`
/// attributes of theirs, agents and tools included, phases of a call excluded.
///
/// ```
/// use llm_span::{Operation, Usage, call, testing};
///
/// let calls = testing::capture();
/// tracing::info_span!("request").in_scope(|| {
///     call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
/// });
///
/// assert_eq!(calls.spans().len(), 2);
/// assert_eq!(calls.count(), 1);
/// calls.span("llm.completion").assert_parent("request");
/// ```
#[derive(Debug)]
#[must_use = "dropped at once, it captures nothing"]
pub struct Calls {
    _within: Within,
    pub(super) scope: Scope,
    pub(super) settings: Settings,
    pub(super) deny: Level,
    pub(super) opened_at: &'static Location<'static>,
}

impl Calls {
    pub(super) fn start(scope: Scope, settings: Settings, deny: Level, opened_at: &'static Location<'static>) -> Self {
        Self { _within: scope.enter(), scope, settings, deny, opened_at }
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Snapshot::take(&self.scope.store, &self.settings)
    }

    /// All captured spans, calls or not, in the order of their opening.
    pub fn spans(&self) -> Vec<CapturedSpan> {
        self.snapshot().spans().collect()
    }

    /// The calls among the captured spans.
    pub fn all(&self) -> Vec<CapturedSpan> {
        calls_of(&self.snapshot())
    }

    /// How many calls were captured.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// The only call.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one; the message lists the spans that were seen.
    #[track_caller]
    pub fn only(&self) -> CapturedSpan {
        let mut calls = self.all();
        match (calls.len(), calls.pop()) {
            (1, Some(call)) => call,
            (count, _) => fail(self.listing(format!("{count} calls were captured, expected one"), None)),
        }
    }

    /// The calls of one operation: the turns of an agent, the tools it has run.
    ///
    /// ```
    /// use llm_span::{Operation, Usage, call, testing};
    ///
    /// let calls = testing::capture();
    /// call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
    /// call(Operation::Embeddings, "openai", "text-embedding-3-small").enter().succeed(Usage::input_only(8));
    ///
    /// assert_eq!(calls.of(Operation::Embeddings).len(), 1);
    /// ```
    pub fn of(&self, operation: Operation) -> Vec<CapturedSpan> {
        let is_it = |call: &CapturedSpan| call.operation() == Some(operation);
        self.all().into_iter().filter(is_it).collect()
    }

    /// The only span of that name.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one; the message lists the spans that were seen.
    #[track_caller]
    pub fn span(&self, name: &str) -> CapturedSpan {
        let mut named: Vec<_> = self.spans().into_iter().filter(|span| span.is_named(name)).collect();
        match (named.len(), named.pop()) {
            (1, Some(span)) => span,
            (0, _) => fail(self.listing(format!("no span `{name}` was captured"), Some(name))),
            (count, _) => fail(self.listing(format!("{count} spans `{name}` were captured, expected one"), None)),
        }
    }

    /// The tokens that counters would show: those of model calls. Agents, tools, workflows and the phases of a call are not
    /// counted, and a call around a call (a retry) is counted once.
    pub fn tokens(&self) -> Tokens {
        tokens::counted(&self.snapshot().seen.spans).0
    }

    /// What the counter of costs would show, in US dollars, under the rule of [`tokens`](Self::tokens); `None` where no call tells a
    /// cost.
    ///
    /// ```
    /// let calls = llm_span::testing::capture();
    /// drop(tracing::info_span!("llm.completion", gen_ai.operation.name = "chat", llm.cost.usd = 0.25));
    /// assert_eq!(calls.cost_usd(), Some(0.25));
    /// ```
    pub fn cost_usd(&self) -> Option<f64> {
        tokens::counted(&self.snapshot().seen.spans).1.map(decimal::amount)
    }

    /// A future in which this capture is in force, on whichever thread it is polled.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let calls = llm_span::testing::capture();
    /// let task = tokio::spawn(calls.capture(async {
    ///     llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o").run_in_body(async {}).await;
    /// }));
    /// task.await.unwrap();
    /// assert_eq!(calls.count(), 1);
    /// # }
    /// ```
    pub fn capture<F: Future>(&self, future: F) -> Captured<F> {
        self.scope.capture(future)
    }

    /// Runs a closure in which this capture is in force: on a scoped thread, or where another subscriber has been set since.
    pub fn in_scope<R>(&self, body: impl FnOnce() -> R) -> R {
        self.scope.in_scope(body)
    }

    /// What carries this capture into threads that outlive this borrow, and into several tasks.
    pub fn scope(&self) -> Scope {
        self.scope.clone()
    }

    /// A box that lists what was seen, and says what may have been meant.
    fn listing(&self, title: String, sought: Option<&str>) -> Panel {
        let spans = self.spans();
        let near = sought.and_then(|name| suggest::nearest(name, spans.iter().map(CapturedSpan::name)));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if spans.is_empty() => super::absence::why_nothing_was_seen(self).join("\n"),
            None => String::new(),
        };
        Panel { help, ..listing(title, &spans) }
    }
}

/// A box that lists spans.
pub(super) fn listing(title: String, spans: &[CapturedSpan]) -> Panel {
    const MOST: usize = 20;
    let line = |span: &CapturedSpan| {
        let place = span.place().map(|place| format!(" at {place}")).unwrap_or_default();
        format!("{}{place}", span.line())
    };
    let mut lines: Vec<_> = spans.iter().take(MOST).map(line).collect();
    match spans.len() {
        0 => lines.push("no span was seen at all".to_owned()),
        seen if seen > MOST => lines.push(format!("… and {} more", seen - MOST)),
        _ => {}
    }
    Panel { title, lines, ..Panel::default() }
}

/// The spans that are subject to a contract; where no contract is active, to a default one.
fn calls_of(snapshot: &Arc<Snapshot>) -> Vec<CapturedSpan> {
    let active = &snapshot.settings.contracts;
    let fallback = active.iter().next().is_none().then(Contracts::default);
    subject_to(fallback.as_ref().unwrap_or(active), snapshot)
}

pub(super) fn subject_to(contracts: &Contracts, snapshot: &Arc<Snapshot>) -> Vec<CapturedSpan> {
    snapshot.spans().filter(|span| contracts.apply_to(&span.data().observed())).collect()
}

/// What was seen so far, one span a line.
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, span) in self.spans().iter().enumerate() {
            let below = "  ".repeat(span.ancestors().count());
            write!(f, "{}{below}{}", if i == 0 { "" } else { "\n" }, span.line())?;
        }
        Ok(())
    }
}
