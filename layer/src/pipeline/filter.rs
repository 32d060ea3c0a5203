//! Which spans are measured and exported, and which log lines.

use tracing::Metadata;
use tracing_subscriber::{
    filter::Targets,
    layer::{Context, Filter},
};

/// Spans of a level, and those of LLM calls whatever theirs is; log lines of a level.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    spans: Targets,
    /// `None`: no log lines.
    logs: Option<Targets>,
}

impl Wanted {
    pub(crate) fn new(spans: &str, logs: &str) -> Self {
        Self { spans: targets(spans), logs: Some(targets(logs)) }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let targets = if metadata.is_span() { Some(&self.spans) } else { self.logs.as_ref() };
        targets.is_some_and(|targets| targets.would_enable(metadata.target(), metadata.level()))
            || (metadata.is_span() && is_llm(metadata))
    }
}

/// Log lines only: of spans nobody wants to know.
#[derive(Clone, Debug)]
pub(crate) struct LinesOnly(Targets);

impl LinesOnly {
    pub(crate) fn new(logs: &str) -> Self {
        Self(targets(logs))
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

impl<S> Filter<S> for Wanted {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        interest(self.wants(metadata))
    }
}

impl<S> Filter<S> for LinesOnly {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.is_event() && self.0.would_enable(metadata.target(), metadata.level())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        interest(metadata.is_event() && self.0.would_enable(metadata.target(), metadata.level()))
    }
}

fn interest(wanted: bool) -> tracing::subscriber::Interest {
    if wanted { tracing::subscriber::Interest::always() } else { tracing::subscriber::Interest::never() }
}
