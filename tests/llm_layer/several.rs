//! More than one layer, user code that misbehaves, and bounds.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use llm_span::{
    CollectFindings, CountFindings, LlmLayer, Operation, SpanFinding, Usage, call,
    contract::{Contract, Contracts},
};
use tracing_subscriber::prelude::*;

use super::support::Telemetry;

fn without_usage() {
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(None::<Usage>);
}

#[test]
fn two_layers_of_one_registry_each_see_everything() {
    llm_span::testing::keep_callsites_open();
    let (first, second) = (CountFindings::default(), CountFindings::default());
    let layer = |findings: &CountFindings, contracts: Contracts| {
        LlmLayer::builder().findings(findings.clone()).contracts(contracts).build()
    };
    let subscriber =
        tracing_subscriber::registry().with(layer(&first, Contracts::default())).with(layer(&second, Contract::amtp().into()));
    tracing::subscriber::with_default(subscriber, without_usage);
    assert_eq!((first.total(), second.total()), (5, 3));
}

#[test]
fn a_sink_that_panics_harms_neither_the_call_nor_an_unwinding_thread() {
    llm_span::testing::keep_callsites_open();
    let layer = LlmLayer::builder().findings(|_: &SpanFinding| panic!("sink")).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        without_usage();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _guard = tracing::info_span!("llm.completion", llm.provider = "openai").entered();
            panic!("the call");
        }));
        assert!(unwound.is_err());
    });
}

#[test]
fn a_sink_that_makes_a_faulty_call_is_told_of_the_first_one_only() {
    llm_span::testing::keep_callsites_open();
    let told = Arc::new(AtomicUsize::new(0));
    let sink = {
        let told = Arc::clone(&told);
        move |_: &SpanFinding| {
            told.fetch_add(1, Ordering::Relaxed);
            without_usage();
        }
    };
    let layer = LlmLayer::builder().findings(sink).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), without_usage);
    assert_eq!(told.load(Ordering::Relaxed), 5);
}

#[test]
fn forty_contracts_are_all_checked() {
    llm_span::testing::keep_callsites_open();
    let findings = CollectFindings::default();
    let contracts: Vec<_> = (0..40)
        .map(|i| {
            let selector = llm_span::contract::Selector::Name("llm.completion".into());
            let key = format!("contract.{i}.key");
            Contract::builder(format!("contract {i}"))
                .select(selector)
                .require(key, llm_span::contract::AttributeType::String)
                .build()
                .unwrap()
        })
        .collect();
    let layer = LlmLayer::builder().contracts(contracts).findings(findings.clone()).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), without_usage);
    assert_eq!(findings.take().len(), 40);
}

#[test]
fn threads_that_meet_the_same_new_models_spend_room_once_a_model() {
    let telemetry = Telemetry::start();
    let dispatch = telemetry.dispatch();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                tracing::dispatcher::with_default(&dispatch, || {
                    for i in 0..1_900 {
                        call(Operation::Chat, "openai", format!("model-{i}")).enter().succeed(Usage::new(1, 0));
                    }
                });
            });
        }
    });
    let counters = telemetry.counters();
    let series = counters.keys().filter(|name| name.starts_with("prompt_tokens"));
    assert_eq!(series.clone().count(), 1_900);
    assert!(!series.clone().any(|name| name.contains("overflow")));
}

#[test]
fn a_count_that_is_recorded_again_and_again_keeps_its_first_and_last_value() {
    let telemetry = Telemetry::start();
    let span = tracing::info_span!("chat", gen_ai.operation.name = "chat", gen_ai.usage.output_tokens = tracing::field::Empty);
    for chunk in 0..10_000_i64 {
        span.record("gen_ai.usage.output_tokens", chunk);
    }
    drop(span);
    let findings = telemetry.findings.take();
    let duplicate = findings.iter().find(|found| found.finding.kind.id() == "duplicate-record").unwrap();
    assert_eq!(duplicate.finding.message, "`gen_ai.usage.output_tokens` was recorded as 0, then as 9998");
}

/// Records on another call's span while a call ends; the value's `Debug` records there again.
struct Meddler(std::sync::Mutex<Option<tracing::Span>>);

struct RecordsAgain(tracing::Span);

impl std::fmt::Debug for RecordsAgain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.record("gen_ai.system", "openai");
        f.write_str("gpt-4o")
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Meddler {
    fn on_record(&self, _: &tracing::Id, _: &tracing::span::Record<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let other = self.0.lock().unwrap().take();
        if let Some(other) = other {
            other.record("llm.model", tracing::field::debug(RecordsAgain(other.clone())));
        }
    }
}

#[test]
fn a_layer_that_meddles_with_other_calls_while_one_ends_does_not_lock_up() {
    llm_span::testing::keep_callsites_open();
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let meddler: &'static Meddler = Box::leak(Box::new(Meddler(None.into())));
        let subscriber = tracing_subscriber::registry().with(LlmLayer::builder().build()).with(Borrowed(meddler));
        tracing::subscriber::with_default(subscriber, || {
            let other =
                tracing::info_span!("llm.completion", llm.model = tracing::field::Empty, gen_ai.system = tracing::field::Empty);
            *meddler.0.lock().unwrap() = Some(other);
            call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(1, 1));
        });
        done.send(()).unwrap();
    });
    is_done.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
}

/// A layer that lives elsewhere.
struct Borrowed(&'static Meddler);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Borrowed {
    fn on_record(
        &self,
        id: &tracing::Id,
        values: &tracing::span::Record<'_>,
        context: tracing_subscriber::layer::Context<'_, S>,
    ) {
        self.0.on_record(id, values, context);
    }
}
