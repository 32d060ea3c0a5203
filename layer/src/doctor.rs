//! A check of the set-up, to be called when a program starts.

use std::{fmt, sync::OnceLock};

use llm_span_contract::stamp::FIELDS;
use tracing::{
    Callsite, Dispatch, Level, Metadata,
    callsite::Identifier,
    dispatcher,
    field::FieldSet,
    metadata::Kind,
    subscriber::{Interest, NoSubscriber},
};

use crate::layer::{LlmLayer, plan::PROBE};

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
        let mut lines = self.problems.iter().map(Problem::text);
        f.write_str(&lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| write!(f, "\n{line}"))
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
    /// Ids of OpenTelemetry were asked for, and there is no OpenTelemetry layer of this version that sees the spans.
    NoOpenTelemetry,
}

impl Problem {
    fn text(&self) -> String {
        match self {
            Self::NoSubscriber => {
                "no subscriber is installed: nothing is checked or counted; call `.init()` on a registry with `LlmLayer` first"
                    .into()
            }
            Self::NoLlmLayer => {
                "the subscriber has no `LlmLayer`: nothing is checked or counted; add `.with(LlmLayer::builder().build())`".into()
            }
            Self::SpansHidden { target } => format!(
                "a filter hides INFO spans of `{target}` from `LlmLayer`: they are neither checked nor counted; filter the logs \
                 alone: `JsonLogs::new(…).with_filter(…)`, not the registry"
            ),
            Self::NoOpenTelemetry => {
                "ids of OpenTelemetry were asked for, and no OpenTelemetry layer of this version gives any; add \
                 `tracing_opentelemetry::layer()` of the version in the compatibility table, or use `IdSource::Auto`"
                    .into()
            }
        }
    }
}

fn examine(dispatch: &Dispatch, target: &'static str) -> Vec<Problem> {
    if dispatch.is::<NoSubscriber>() {
        return vec![Problem::NoSubscriber];
    }
    let mut problems = Vec::new();
    match dispatch.downcast_ref::<LlmLayer>() {
        None => problems.push(Problem::NoLlmLayer),
        Some(layer) => {
            layer.take_probe();
            probe(dispatch, target);
            if !layer.take_probe() {
                problems.push(Problem::SpansHidden { target });
            }
        }
    }
    if crate::ids::opentelemetry_is_missing() {
        problems.push(Problem::NoOpenTelemetry);
    }
    problems
}

/// Opens and closes a span as an annotated function at `target` would.
fn probe(dispatch: &Dispatch, target: &'static str) {
    let metadata = ProbeSite::leak(target);
    if dispatch.enabled(metadata) {
        crate::call::empty_span(metadata);
    }
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
