//! Under a global subscriber events emitted inside a hook come back into it: the layer emits none, and a `Debug` of the user's
//! that does is borne.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use llm_span::{CollectFindings, LlmLayer, Operation, Usage, call};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

static EVENTS: AtomicUsize = AtomicUsize::new(0);

struct CountEvents;

impl<S: tracing::Subscriber> Layer<S> for CountEvents {
    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
        EVENTS.fetch_add(1, Ordering::Relaxed);
    }
}

struct Rude;

impl fmt::Debug for Rude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info!("formatting");
        tracing::info_span!("llm.completion", llm.provider = "openai").in_scope(|| ());
        f.write_str("gpt-4o")
    }
}

#[test]
fn hooks_emit_nothing_and_bear_a_debug_that_does() {
    let findings = CollectFindings::default();
    tracing_subscriber::registry().with(CountEvents).with(LlmLayer::builder().findings(findings.clone()).build()).init();

    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
    assert_eq!(findings.take().len(), 5);
    assert_eq!(EVENTS.load(Ordering::Relaxed), 0);

    drop(tracing::info_span!("llm.completion", llm.model = ?Rude));
    assert!(EVENTS.load(Ordering::Relaxed) >= 1);
    let models = findings.take().into_iter().filter(|found| found.finding.attribute.as_deref() == Some("llm.model"));
    assert_eq!(models.count(), 1, "the inner span lacks its model, the outer one has it");

    llm_span::record_usage(Usage::new(1, 1));
    assert_eq!(findings.take().remove(0).finding.kind.id(), "recorded-outside-call");
}
