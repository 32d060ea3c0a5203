//! Which spans are measured and exported, and which log lines.

use tracing::{Metadata, subscriber::Interest};
use tracing_subscriber::{
    filter::Targets,
    layer::{Context, Filter},
};

/// Spans of a level, and those of LLM calls whatever theirs is; log lines of a level.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    spans: Targets,
    logs: Targets,
}

impl Wanted {
    pub(crate) fn new(spans: &str, logs: &str) -> Self {
        Self { spans: targets(spans), logs: targets(logs) }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let targets = if metadata.is_span() { &self.spans } else { &self.logs };
        targets.would_enable(metadata.target(), metadata.level()) || (metadata.is_span() && is_llm(metadata))
    }
}

/// Log lines of a level, no spans.
#[derive(Clone, Debug)]
pub(crate) struct LinesOnly(Targets);

impl LinesOnly {
    pub(crate) fn new(logs: &str) -> Self {
        Self(targets(logs))
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && self.0.would_enable(metadata.target(), metadata.level())
    }
}

/// The settings were read with the same grammar.
pub(crate) fn targets(filter: &str) -> Targets {
    filter.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO))
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
                if self.wants(metadata) { Interest::always() } else { Interest::never() }
            }
        }
    };
}

filter!(Wanted);
filter!(LinesOnly);

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

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
        Wanted::new("info,noisy=off", "warn")
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
    fn others_are_wanted_from_their_level_on() {
        let all = seen(|| {
            tracing::info_span!("yes");
            tracing::warn!("yes");
            tracing::debug_span!("no");
            tracing::error_span!(target: "noisy", "no");
            tracing::info!(llm.model = "gpt-4o", "an event is no call, whatever its fields are: no");
        });
        let answers: Vec<bool> = all.iter().map(|metadata| wanted().wants(metadata)).collect();
        assert_eq!(answers, [true, true, false, false, false]);
    }
}
