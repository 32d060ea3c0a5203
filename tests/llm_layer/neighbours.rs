//! The layer beside others: it takes nothing from them, and what they and the user's types do does not break it.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use llm_span::{CollectFindings, LlmLayer, Operation, Usage, call};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{filter::LevelFilter, layer::Context, prelude::*};

use super::support::Telemetry;

#[test]
fn a_parent_from_a_header_can_be_set_after_the_span_was_created() {
    let telemetry = Telemetry::start();
    let remote = SpanContext::new(
        TraceId::from(0x5d8a_7c3f_2e1b_9a8c_7d6e_5f4a_3b2c_1d0e_u128),
        SpanId::from(0x1a2b_3c4d_5e6f_7a8b),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let span = tracing::info_span!("llm.completion", llm.provider = "openai");
    span.set_parent(opentelemetry::Context::new().with_remote_span_context(remote)).unwrap();
    span.in_scope(|| ());
    drop(span);
    let span = telemetry.spans().remove(0);
    assert_eq!(span.span_context.trace_id().to_string(), "5d8a7c3f2e1b9a8c7d6e5f4a3b2c1d0e");
    assert_eq!(telemetry.findings.take()[0].trace_id.as_deref(), Some("5d8a7c3f2e1b9a8c7d6e5f4a3b2c1d0e"));
}

/// Counts what it sees.
#[derive(Default)]
struct Other(&'static Counts);

#[derive(Default)]
struct Counts {
    spans: AtomicUsize,
    events: AtomicUsize,
}

impl Default for &'static Counts {
    fn default() -> Self {
        Box::leak(Box::default())
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Other {
    fn on_new_span(&self, _: &tracing::span::Attributes<'_>, _: &tracing::Id, _: Context<'_, S>) {
        self.0.spans.fetch_add(1, Ordering::Relaxed);
    }
    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
        self.0.events.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn spans_and_events_that_are_no_concern_of_the_layer_still_reach_others() {
    llm_span::testing::keep_callsites_open();
    let other = Other::default();
    let counts = other.0;
    let subscriber = tracing_subscriber::registry().with(LlmLayer::default()).with(other);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("http.request", path = "/").in_scope(|| tracing::info!("served"));
    });
    assert_eq!((counts.spans.load(Ordering::Relaxed), counts.events.load(Ordering::Relaxed)), (1, 1));
}

struct Rude;

impl fmt::Debug for Rude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info!("formatted");
        tracing::info_span!("llm.completion", llm.provider = "openai").in_scope(|| ());
        f.write_str("gpt-4o")
    }
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no")
    }
}

#[test]
fn a_debug_that_logs_and_opens_spans_does_not_lock_the_layer_up() {
    let telemetry = Telemetry::start();
    let span = tracing::info_span!("llm.completion", llm.model = ?Rude, gen_ai.system = tracing::field::Empty);
    span.record("gen_ai.system", tracing::field::debug(Rude));
    drop(span);
    assert!(!telemetry.found().is_empty());
}

#[test]
fn a_debug_that_panics_costs_its_value_and_not_the_program() {
    llm_span::testing::keep_callsites_open();
    let findings = CollectFindings::default();
    let subscriber = tracing_subscriber::registry().with(LlmLayer::builder().findings(findings.clone()).build());
    tracing::subscriber::with_default(subscriber, || {
        drop(tracing::info_span!("llm.completion", llm.model = ?Panics, llm.provider = "openai"));
    });
    assert!(!findings.take().is_empty());
}

#[test]
fn a_filter_on_another_layer_takes_nothing_from_this_one() {
    llm_span::testing::keep_callsites_open();
    let findings = CollectFindings::default();
    let subscriber = tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::WARN))
        .with(LlmLayer::builder().findings(findings.clone()).build());
    tracing::subscriber::with_default(subscriber, || {
        call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
    });
    assert_eq!(findings.take().len(), 5);
}

#[test]
fn in_an_option_or_a_box_the_layer_works_the_same() {
    llm_span::testing::keep_callsites_open();
    for boxed in [false, true] {
        let findings = CollectFindings::default();
        let layer = LlmLayer::builder().findings(findings.clone()).build();
        let (optional, boxed) = if boxed { (None, Some(layer.boxed())) } else { (Some(layer), None) };
        let subscriber = tracing_subscriber::registry().with(boxed).with(optional);
        tracing::subscriber::with_default(subscriber, || {
            drop(tracing::info_span!("llm.completion", llm.provider = "openai").entered());
        });
        let found = findings.take();
        assert!(!found.is_empty());
        assert!(found.iter().all(|found| found.trace_id.is_some()));
    }
}

#[test]
fn a_reused_span_id_inherits_nothing() {
    let telemetry = Telemetry::start();
    for _ in 0..100 {
        call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(1, 1));
    }
    drop(tracing::info_span!("llm.completion", llm.provider = "openai"));
    assert!(telemetry.found().contains(&"missing-attribute llm.tokens.total".into()));
}

#[test]
fn forty_further_fields_are_no_trouble() {
    let telemetry = Telemetry::start();
    drop(tracing::info_span!(
        "llm.completion",
        a1 = 1,
        a2 = 1,
        a3 = 1,
        a4 = 1,
        a5 = 1,
        a6 = 1,
        a7 = 1,
        a8 = 1,
        a9 = 1,
        a10 = 1,
        a11 = 1,
        a12 = 1,
        a13 = 1,
        a14 = 1,
        a15 = 1,
        a16 = 1,
        a17 = 1,
        a18 = 1,
        a19 = 1,
        a20 = 1,
        a21 = 1,
        a22 = 1,
        a23 = 1,
        a24 = 1,
        a25 = 1,
        a26 = 1,
        a27 = 1,
        a28 = 1,
        a29 = 1,
        a30 = 1,
        a31 = 1,
        a32 = 1,
        a33 = 1,
        a34 = 1,
        a35 = 1,
        a36 = 1,
        a37 = 1,
        a38 = 1,
        a39 = 1,
        a40 = 1,
        llm.provider = "openai",
    ));
    let found = telemetry.found();
    assert!(!found.contains(&"missing-attribute llm.provider".into()) && found.contains(&"missing-attribute llm.model".into()));
}
