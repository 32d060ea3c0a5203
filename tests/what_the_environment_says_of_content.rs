//! What is wrong with the variable that captures content is told once, whoever listens, and in nobody's way.
//!
//! Without the harness of tests: each case is a process of its own, with a global subscriber and its environment. It runs itself.

#![allow(clippy::expect_used, clippy::print_stderr, reason = "a test fails by panicking, and tells its parent what it has seen")]

use std::{env, process::Command};

use llm_span::llm_span;
use tracing::{
    Event, Metadata, Subscriber,
    level_filters::LevelFilter,
    span,
    subscriber::{self, Interest},
};
use tracing_subscriber::{
    Layer,
    filter::{DynFilterFn, Targets, filter_fn},
    layer::{Context, Filter, SubscriberExt as _},
    registry::LookupSpan,
};

const VARIABLE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/// What stands on standard error where the log has not told it.
const TOLD: &str = "llm-span: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is \"perhaps\"";

fn main() {
    match env::args().nth(1).as_deref() {
        Some("warnings are logged") => logged(),
        Some("warnings are refused") => refused(),
        Some("filters remember") => remembered(),
        Some("calls are refused") => hidden(),
        _ => {
            assert_eq!(run("warnings are logged"), "first warning\nfirst llm.completion\nfirst llm.completion\n");
            assert!(run("warnings are refused").starts_with(TOLD));
            let shown = run("filters remember");
            assert!(shown.starts_with(TOLD) && shown.ends_with("first llm.completion\nfirst next\n"), "{shown}");
            assert_eq!(run("calls are refused"), "first warning\nsecond warning\nfirst llm.completion\n");
        }
    }
}

/// What that case writes to standard error.
fn run(case: &str) -> String {
    let mut program = env::current_exe().map(Command::new).expect("this program");
    let output = program.arg(case).env(VARIABLE, "perhaps").output().expect("it runs");
    assert!(output.status.success(), "{case}");
    String::from_utf8(output.stderr).expect("text")
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", usage = none)]
fn complete() {}

/// Writes down what it is told.
struct Seen(&'static str);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, new: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        eprintln!("{} {}", self.0, new.metadata().name());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut |_: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            let text = format!("{value:?}");
            let is_it = text.starts_with(VARIABLE);
            eprintln!("{} {}", self.0, if is_it { "warning" } else { &text });
        });
    }
}

fn install(subscriber: impl Subscriber + Send + Sync) {
    subscriber::set_global_default(subscriber).expect("the only one");
}

/// By a filter that knows of spans and events only.
fn logged() {
    install(
        tracing_subscriber::registry()
            .with(Seen("first").with_filter(filter_fn(|metadata| metadata.is_span() || metadata.is_event()))),
    );
    complete();
    complete();
}

/// By a filter that is asked each time: that one of them may want it is all that its layer is told.
fn refused() {
    let refuses = DynFilterFn::new(|metadata, _| metadata.target() != "llm_span::content");
    install(tracing_subscriber::registry().with(Seen("first").with_filter(refuses)));
    complete();
}

/// Wants spans, and answers a question that is about neither spans nor events when it is asked.
struct Spans;

impl<S> Filter<S> for Spans {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.is_span()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match () {
            () if metadata.is_span() => Interest::always(),
            () if metadata.is_event() => Interest::never(),
            () => Interest::sometimes(),
        }
    }
}

fn remembered() {
    install(tracing_subscriber::registry().with(Seen("first").with_filter(Spans)));
    complete();
    tracing::info_span!("next").in_scope(|| {});
}

fn hidden() {
    let but_calls = Targets::new().with_default(LevelFilter::INFO).with_target(module_path!(), LevelFilter::OFF);
    let all = Targets::new().with_default(LevelFilter::INFO);
    install(tracing_subscriber::registry().with(Seen("first").with_filter(all)).with(Seen("second").with_filter(but_calls)));
    complete();
}
