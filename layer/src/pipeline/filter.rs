//! Which spans are measured and exported, and which log lines.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tracing::{Level, Metadata, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    Registry,
    filter::Targets,
    layer::{Context, Filter},
};

use super::{settings::LogSettings, worker::TARGET};

/// Spans of a level, and those of LLM calls whatever theirs is; log lines of a level.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    spans: Targets,
    logs: Targets,
    /// Whether lines become events of exported spans. Else those alone are wanted that make a failure of a span.
    in_spans: bool,
    /// Nothing is, where another pipeline has the spans.
    stands_aside: Arc<AtomicBool>,
}

impl Wanted {
    pub(crate) fn new(spans: &str, logs: &str, in_spans: bool, stands_aside: &Arc<AtomicBool>) -> Self {
        Self { spans: targets(spans), logs: lines(logs), in_spans, stands_aside: Arc::clone(stands_aside) }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let is_of_no_use = metadata.is_event() && !self.in_spans && *metadata.level() != Level::ERROR;
        if is_of_no_use || self.stands_aside.load(Ordering::Relaxed) {
            return false;
        }
        let targets = if metadata.is_span() { &self.spans } else { &self.logs };
        let is_wanted = targets.would_enable(metadata.target(), metadata.level()) && !is_access_line(metadata);
        is_wanted || (metadata.is_span() && is_llm(metadata))
    }
}

/// Log lines of a level.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    targets: Targets,
    /// Whether spans are wanted, too: the ids of one that is seen are found at once.
    spans: bool,
    /// Fields of spans that lines carry. A span that has one is wanted, whatever its level is: an error's line tells of its request where
    /// requests are below the level of lines.
    carried: Arc<[String]>,
    /// Whether lines carry what is told of LLM calls.
    calls: bool,
}

impl Lines {
    /// With the spans that they stand in.
    pub(crate) fn in_spans(logs: &str) -> Self {
        Self { spans: true, ..Self::only(logs) }
    }

    /// Nothing else: so a span that nobody else wants costs nothing.
    pub(crate) fn only(logs: &str) -> Self {
        Self { targets: lines(logs), spans: false, carried: Arc::default(), calls: false }
    }

    /// None.
    pub(crate) fn none() -> Self {
        Self { targets: Targets::new(), spans: false, carried: Arc::default(), calls: false }
    }

    /// With the spans whose fields lines carry.
    pub(crate) fn carrying(self, logs: &LogSettings) -> Self {
        let carried = logs.span_fields.iter().map(|(field, _)| field.clone()).collect();
        Self { carried, calls: logs.llm_fields, ..self }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let is_enabled = || self.targets.would_enable(metadata.target(), metadata.level());
        if metadata.is_span() {
            return (self.spans && is_enabled()) || self.carries_of(metadata);
        }
        is_enabled() && !is_repeated(metadata)
    }

    fn carries_of(&self, span: &Metadata<'_>) -> bool {
        self.carried.iter().any(|field| span.fields().field(field).is_some()) || (self.calls && is_llm(span))
    }
}

/// The most verbose level of which there are log lines.
pub(crate) fn level_of_lines(logs: &str) -> LevelFilter {
    Filter::<Registry>::max_level_hint(&lines(logs)).unwrap_or(LevelFilter::TRACE)
}

/// Which log lines are wanted: also what the pipeline tells of itself, unless it is named, or none are wanted at all. Whoever filters for their
/// own crate wants to know that telemetry gets nowhere.
fn lines(filter: &str) -> Targets {
    let targets = targets(filter);
    let is_named = targets.iter().any(|(target, _)| TARGET.starts_with(target));
    let are_none = Filter::<Registry>::max_level_hint(&targets) == Some(LevelFilter::OFF);
    if is_named || are_none { targets } else { targets.with_target(TARGET, LevelFilter::INFO) }
}

/// The settings were read with the same grammar.
fn targets(filter: &str) -> Targets {
    filter.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO))
}

/// The line at the end of a request says what its span says: as an event of that span it would say it twice.
fn is_access_line(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && metadata.target() == "llm_span::access"
}

/// OpenTelemetry's reader tells each export that fails; ours tell it once.
fn is_repeated(metadata: &Metadata<'_>) -> bool {
    metadata.name().starts_with("PeriodicReader.")
}

/// Whether such spans are held to contracts, by what they can carry.
fn is_llm(metadata: &Metadata<'_>) -> bool {
    metadata.name().starts_with("llm.") || metadata.fields().iter().any(|field| is_llm_key(field.name()))
}

fn is_llm_key(key: &str) -> bool {
    key.starts_with("gen_ai.") || key.starts_with("llm.")
}

/// What does not change while the program runs is asked once a callsite.
macro_rules! filter {
    ($filter:ty) => {
        impl<S> Filter<S> for $filter {
            fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
                self.wants(metadata)
            }

            fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
                super::spans::Components::expect(metadata);
                // Never `always`: then nobody is asked again, and what `enabled!` was answered about a line that some of the filters do not
                // want is taken for the answer about the next span.
                if self.wants(metadata) { Interest::sometimes() } else { Interest::never() }
            }
        }
    };
}

/// Nothing at all, of a layer that wants to be told of its subscriber only.
///
/// The layers of a pipeline are joined before they meet the registry, and of layers that are joined so `tracing-subscriber` takes the hint of
/// the outermost for that of all. This is the outermost: it says for all of them which levels there are.
#[derive(Clone, Debug)]
pub(crate) struct Nothing {
    /// The most verbose level that any of the layers wants; `None`: spans of calls are wanted at every level.
    pub(crate) of_all: Option<LevelFilter>,
}

impl<S> Filter<S> for Nothing {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        false
    }

    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::never()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.of_all
    }
}

filter!(Wanted);
filter!(Lines);

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing::{Dispatch, Event, Subscriber, span, subscriber::NoSubscriber};
    use tracing_subscriber::{Layer, layer::SubscriberExt as _, registry::LookupSpan};

    use super::*;

    /// Keeps what it sees.
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<&'static Metadata<'static>>>>);

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
        fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
            self.0.lock().expect("no panic").push(attributes.metadata());
        }

        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().expect("no panic").push(event.metadata());
        }
    }

    fn seen(program: impl FnOnce()) -> Vec<&'static Metadata<'static>> {
        let _keeper = Dispatch::new(NoSubscriber::new());
        let seen = Seen::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(seen.clone()), program);
        let seen = seen.0.lock().expect("no panic").clone();
        assert!(!seen.is_empty());
        seen
    }

    fn wanted() -> Wanted {
        Wanted::new("info,noisy=off", "warn", true, &Arc::default())
    }

    #[test]
    fn spans_of_calls_are_wanted_at_every_level() {
        let calls = seen(|| {
            tracing::trace_span!(target: "noisy", "work", llm.model = "gpt-4o");
            tracing::debug_span!("chat", gen_ai.operation.name = "chat");
            tracing::trace_span!("llm.inference");
        });
        assert!(calls.iter().all(|metadata| wanted().wants(metadata)), "{calls:?}");
    }

    #[test]
    fn the_access_line_is_a_log_line_and_no_event_of_its_span() {
        let all = seen(|| {
            tracing::info!(target: "llm_span::access", "request served");
            tracing::info!("answered");
        });
        let exported = Wanted::new("info", "info", true, &Arc::default());
        assert_eq!(all.iter().map(|metadata| exported.wants(metadata)).collect::<Vec<_>>(), [false, true]);
        assert!(all.iter().all(|metadata| Lines::only("info").wants(metadata)), "{all:?}");
    }

    #[test]
    fn what_the_pipeline_tells_is_wanted_by_whoever_filters_for_another_crate() {
        let all = seen(|| {
            tracing::info!(target: TARGET, "started");
            tracing::debug!(target: TARGET, "no");
            tracing::error!(name: "PeriodicReader.ExportError", target: "opentelemetry_sdk", "told by ours");
        });
        let wanted = |filter: &str| all.iter().map(|metadata| Lines::only(filter).wants(metadata)).collect::<Vec<_>>();
        assert_eq!(wanted("mycrate=info"), [true, false, false]);
        assert_eq!(wanted("trace"), [true, false, false]);
        assert_eq!(wanted("info,llm_span=off"), [false, false, false]);
        assert_eq!(wanted("off"), [false, false, false]);
    }

    #[test]
    fn others_are_wanted_from_their_level_on() {
        let all = seen(|| {
            tracing::info_span!("yes");
            tracing::warn!("yes");
            tracing::debug_span!("no");
            tracing::error_span!(target: "noisy", "no");
            tracing::info!(target: "app", { llm.model = "gpt-4o" }, "an event is no call, whatever its fields are: no");
        });
        let answers: Vec<bool> = all.iter().map(|metadata| wanted().wants(metadata)).collect();
        assert_eq!(answers, [true, true, false, false, false]);
    }

    #[test]
    fn a_span_is_seen_by_all_that_want_it_though_a_line_was_asked_about_that_some_do_not_want() {
        let (measured, logged) = (Seen::default(), Seen::default());
        let _keeper = Dispatch::new(NoSubscriber::new());
        let logs = logged.clone().with_filter(Lines::in_spans("info"));
        let layer = measured.clone().with_filter(wanted()).and_then(logs);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            assert!(tracing::event_enabled!(target: "llm_span::access", Level::INFO));
            tracing::info_span!("call");
        });
        for seen in [measured, logged] {
            assert_eq!(seen.0.lock().expect("no panic").len(), 1);
        }
    }

    #[test]
    fn where_no_spans_are_exported_only_lines_that_make_a_failure_of_one_are_wanted() {
        let all = seen(|| {
            tracing::warn!("no");
            tracing::error!("yes");
            tracing::info_span!("yes");
        });
        let measured = Wanted::new("info", "info", false, &Arc::default());
        assert_eq!(all.iter().map(|metadata| measured.wants(metadata)).collect::<Vec<_>>(), [false, true, true]);
    }
}
