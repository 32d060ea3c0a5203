//! What other layers do in their hooks, while a call begins or its end is recorded.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use llm_span::{CollectFindings, LlmLayer, Operation, Prometheus, Usage, call, llm_span, testing::keep_callsites_open};
use opentelemetry_sdk::trace::Sampler;
use tracing::{
    Dispatch, Event, Id, Metadata, Span, Subscriber,
    dispatcher::with_default,
    span::{Attributes, Record},
};
use tracing_subscriber::{Layer, Registry, layer::Context, prelude::*, registry::LookupSpan};

use super::support::Telemetry;

#[llm_span(operation = "chat", provider = provider, model = model, usage = in_body)]
fn chat(provider: &str, model: &str) {
    llm_span::record_usage(Usage::new(3, 2));
}

/// The lines of a metric.
fn lines(metrics: &Prometheus, start: &str) -> Vec<String> {
    metrics.render(None).body.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
}

/// A finding asks for ids, which begins OpenTelemetry's span.
#[test]
fn a_call_that_is_never_entered_is_exported_under_the_name_told_late() {
    let telemetry = Telemetry::with(Sampler::AlwaysOn, LlmLayer::builder());
    let open = call(Operation::Embeddings, "openai", "").model_in_body().open();
    open.handle().record_model("small");
    open.succeed(());
    assert!(!telemetry.found().is_empty(), "it has told no tokens");
    assert_eq!(telemetry.spans()[0].name, "embeddings small");
}

/// Prices calls: adds the cost of one while its end is recorded.
#[derive(Default)]
struct Prices(Mutex<Option<Span>>);

impl<S: Subscriber> Layer<S> for &'static Prices {
    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
        let span = self.0.lock().unwrap().take();
        if let Some(span) = span {
            span.record("llm.cost.usd", 0.5);
        }
    }
}

#[test]
fn what_another_layer_adds_while_the_end_is_recorded_counts() {
    keep_callsites_open();
    let metrics = Prometheus::new();
    let prices: &'static Prices = Box::leak(Box::default());
    let subscriber = Registry::default().with(prices).with(LlmLayer::builder().metrics(metrics.clone()).build());
    tracing::subscriber::with_default(subscriber, || {
        let call = call(Operation::Chat, "openai", "gpt-4o").enter();
        *prices.0.lock().unwrap() = Some(call.span().clone());
        call.succeed(Usage::new(1, 1));
    });
    let costs = lines(&metrics, "llm_cost_usd_total{");
    assert!(costs.iter().any(|line| line.ends_with(" 0.5")), "{costs:?}");
}

thread_local!(static DEPTH: Cell<u32> = const { Cell::new(0) });
static SUBSCRIBER: Mutex<Option<Dispatch>> = Mutex::new(None);

/// Makes a call while another one begins.
struct Calls;

impl<S: Subscriber> Layer<S> for Calls {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if DEPTH.get() == 1 {
            DEPTH.set(2);
            let subscriber = SUBSCRIBER.lock().unwrap().clone().unwrap();
            let _ = catch_unwind(AssertUnwindSafe(|| with_default(&subscriber, || chat("openai", "gpt-4o"))));
            DEPTH.set(1);
        }
    }
}

/// Panics where that call begins.
struct Panics;

impl<S: Subscriber> Layer<S> for Panics {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if DEPTH.get() == 2 {
            std::panic::resume_unwind(Box::new(()));
        }
    }
}

#[test]
fn a_call_whose_start_panics_within_the_start_of_another_leaves_nothing_to_it() {
    keep_callsites_open();
    let metrics = Prometheus::new();
    let layer = LlmLayer::builder().metrics(metrics.clone()).build();
    let subscriber = Dispatch::new(Registry::default().with(Panics).with(Calls).with(layer));
    *SUBSCRIBER.lock().unwrap() = Some(subscriber.clone());
    with_default(&subscriber, || {
        chat("openai", "gpt-4o");
        DEPTH.set(1);
        chat("anthropic", "claude");
        DEPTH.set(0);
    });
    let prompts = lines(&metrics, "llm_prompt_tokens_total{");
    assert!(prompts.iter().any(|line| line.contains("anthropic") && line.contains("claude")), "{prompts:#?}");
    *SUBSCRIBER.lock().unwrap() = None;
}

/// Panics where the end of a call is recorded, before the layer hears of it.
struct FailsAtTheEnd;

impl<S: Subscriber> Layer<S> for FailsAtTheEnd {
    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
        std::panic::resume_unwind(Box::new(()));
    }
}

#[test]
fn a_call_is_counted_when_it_closes_where_its_end_does_not_reach_the_layer() {
    keep_callsites_open();
    let metrics = Prometheus::new();
    let layer = LlmLayer::builder().metrics(metrics.clone()).build();
    tracing::subscriber::with_default(Registry::default().with(FailsAtTheEnd).with(layer), || {
        for _ in 0..3 {
            let _ = catch_unwind(|| chat("openai", "gpt-4o"));
        }
    });
    let prompts = lines(&metrics, "llm_prompt_tokens_total{");
    assert!(prompts.iter().any(|line| line.ends_with(" 9")), "{prompts:#?}");
}

/// A registry that only its layers know as one.
struct Disguised(Registry);

impl Subscriber for Disguised {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.new_span(span)
    }
    fn record(&self, span: &Id, values: &Record<'_>) {
        self.0.record(span, values);
    }
    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
    fn enter(&self, span: &Id) {
        self.0.enter(span);
    }
    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }
    fn clone_span(&self, id: &Id) -> Id {
        self.0.clone_span(id)
    }
    fn try_close(&self, id: Id) -> bool {
        self.0.try_close(id)
    }
}

impl<'a> LookupSpan<'a> for Disguised {
    type Data = <Registry as LookupSpan<'a>>::Data;

    fn span_data(&'a self, id: &Id) -> Option<Self::Data> {
        self.0.span_data(id)
    }
}

#[test]
fn a_call_whose_end_is_lost_is_found_also_over_a_registry_that_the_subscriber_does_not_show() {
    keep_callsites_open();
    let findings = CollectFindings::default();
    let layer = LlmLayer::builder().findings(findings.clone()).build();
    let subscriber = Disguised(Registry::default()).with(FailsOnceAtTheEnd::default()).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let found = [(); 5].map(|()| {
            let _ = catch_unwind(|| chat("openai", "gpt-4o"));
            findings.take().into_iter().any(|found| found.finding.attribute.as_deref() == Some("llm.tokens.prompt"))
        });
        assert_eq!(found, [false, false, false, true, false], "its tokens were lost with its end");
    });
}

/// Panics where the end of the fourth call is recorded.
#[derive(Default)]
struct FailsOnceAtTheEnd(AtomicU32);

impl<S: Subscriber> Layer<S> for FailsOnceAtTheEnd {
    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
        if self.0.fetch_add(1, Ordering::Relaxed) == 3 {
            std::panic::resume_unwind(Box::new(()));
        }
    }
}
