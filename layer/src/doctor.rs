//! A check of the set-up, to be called when a program starts.

use std::{cell::Cell, fmt, sync::OnceLock};

use llm_span_contract::stamp::FIELDS;
use tracing::{
    Callsite, Dispatch, Level, Metadata, Span,
    callsite::Identifier,
    dispatcher,
    field::FieldSet,
    metadata::Kind,
    subscriber::{Interest, NoSubscriber},
};

use crate::{
    ids::{self, IdSource},
    layer::{LlmLayer, plan::PROBE},
};

/// What is wrong with the set-up of the current subscriber.
///
/// `target` is where the annotated functions are, as filters see it: `module_path!()`. A span named `llm_span.doctor` is opened there and
/// closed at once, to see whether it arrives; exporters see it too.
///
/// ```
/// use llm_span::LlmLayer;
/// use tracing_subscriber::{filter::LevelFilter, prelude::*};
///
/// let subscriber = tracing_subscriber::registry().with(LlmLayer::default()).with(LevelFilter::WARN);
/// tracing::subscriber::with_default(subscriber, || {
///     let diagnosis = llm_span::doctor(module_path!());
///     assert!(!diagnosis.is_healthy());
///     println!("{diagnosis}");
/// });
/// ```
pub fn doctor(target: &'static str) -> Diagnosis {
    // Not inside `get_default`: there a scoped subscriber sees no span.
    let dispatch = dispatcher::get_default(Dispatch::clone);
    Diagnosis { problems: examine(&dispatch, target) }
}

/// What [`doctor`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a diagnosis is to be looked at"]
pub struct Diagnosis {
    problems: Vec<Problem>,
}

impl Diagnosis {
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        self.problems.is_empty()
    }

    /// What is wrong.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// `healthy`, or a problem a line with its remedy.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_healthy() {
            return f.write_str("healthy");
        }
        let mut problems = self.problems.iter().enumerate();
        problems.try_for_each(|(i, problem)| write!(f, "{}{problem}", if i == 0 { "" } else { "\n" }))
    }
}

/// Something wrong with the set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// No subscriber is installed.
    NoSubscriber,
    /// The subscriber has no [`LlmLayer`].
    NoLlmLayer,
    /// A filter hides spans of level INFO at that target from the [`LlmLayer`].
    SpansHidden {
        /// The target that was tried.
        target: &'static str,
    },
    /// A layer takes ids from OpenTelemetry alone ([`IdSource::OpenTelemetry`]), and there is no OpenTelemetry layer of this version
    /// that sees the spans.
    NoOpenTelemetry,
}

/// The problem and its remedy, on one line.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSubscriber => f.write_str(
                "no subscriber is installed: nothing is checked or counted; call `.init()` on a registry with `LlmLayer` first",
            ),
            Self::NoLlmLayer => f.write_str(
                "the subscriber has no `LlmLayer`: nothing is checked or counted; add `.with(LlmLayer::builder().build())`",
            ),
            Self::SpansHidden { target } => write!(
                f,
                "a filter hides INFO spans of `{target}` from `LlmLayer`: they are neither checked nor counted; filter the logs \
                 alone: `JsonLogs::new(…).with_filter(…)`, not the registry"
            ),
            Self::NoOpenTelemetry => f.write_str(
                "ids of OpenTelemetry were asked for, and no OpenTelemetry layer of this version gives any; add \
                 `tracing_opentelemetry::layer()` of the version in the compatibility table, or use `IdSource::Auto`",
            ),
        }
    }
}

thread_local! {
    static SEEN: Cell<Seen> = const { Cell::new(Seen { arrived: false, wants_opentelemetry: false }) };
}

/// What the layers have said of a probe of this thread. They say it themselves: one that stands in a reload, a box or a vector can't be
/// found by its type.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// An [`LlmLayer`] has seen it.
    arrived: bool,
    /// A layer that has seen it takes ids from OpenTelemetry alone.
    wants_opentelemetry: bool,
}

fn see(change: impl FnOnce(&mut Seen)) {
    let _ = SEEN.try_with(|seen| {
        let mut now = seen.get();
        change(&mut now);
        seen.set(now);
    });
}

/// To be called by an [`LlmLayer`] that sees a probe.
pub(crate) fn arrived() {
    see(|seen| seen.arrived = true);
}

/// To be called by a layer that sees a probe and asks for ids from there.
pub(crate) fn asks_for(ids: IdSource) {
    if ids == IdSource::OpenTelemetry {
        see(|seen| seen.wants_opentelemetry = true);
    }
}

/// Whether a span is a probe.
#[cfg(feature = "json")]
pub(crate) fn is_probe(metadata: &Metadata<'_>) -> bool {
    metadata.name() == PROBE
}

fn examine(dispatch: &Dispatch, target: &'static str) -> Vec<Problem> {
    if dispatch.is::<NoSubscriber>() {
        return vec![Problem::NoSubscriber];
    }
    see(|seen| *seen = Seen::default());
    let probe = probe(dispatch, target);
    let seen = SEEN.try_with(Cell::get).unwrap_or_default();
    let mut problems = Vec::new();
    if !seen.arrived {
        let has_layer = dispatch.downcast_ref::<LlmLayer>().is_some();
        problems.push(if has_layer { Problem::SpansHidden { target } } else { Problem::NoLlmLayer });
    }
    let id = probe.as_ref().and_then(Span::id);
    if seen.wants_opentelemetry && !id.is_some_and(|id| ids::opentelemetry_knows(&id, dispatch)) {
        problems.push(Problem::NoOpenTelemetry);
    }
    problems
}

/// Opens a span as an annotated function at `target` would.
fn probe(dispatch: &Dispatch, target: &'static str) -> Option<Span> {
    let metadata = ProbeSite::leak(target);
    dispatch.enabled(metadata).then(|| crate::call::empty_span(metadata))
}

/// A callsite made at run time, as the target is known only then; one is left behind for each call of `doctor`.
struct ProbeSite(OnceLock<Metadata<'static>>);

impl ProbeSite {
    fn leak(target: &'static str) -> &'static Metadata<'static> {
        let site: &'static Self = Box::leak(Box::new(Self(OnceLock::new())));
        site.0.get_or_init(|| {
            let fields = FieldSet::new(&FIELDS, Identifier(site));
            Metadata::new(PROBE, target, Level::INFO, Some(file!()), Some(line!()), Some(target), fields, Kind::SPAN)
        })
    }
}

impl Callsite for ProbeSite {
    fn set_interest(&self, _: Interest) {}

    /// It is not registered, so nobody asks.
    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().unwrap_or_else(|| ProbeSite::leak(PROBE))
    }
}
