use std::{sync::PoisonError, thread, time::Duration};

use opentelemetry::trace::{SpanBuilder, TraceFlags, TraceState, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Sampler, SdkTracerProvider, SpanProcessor},
};
use tracing::{info_span, subscriber::with_default};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};

use super::*;
use crate::pipeline::spans::Attentive;

/// Keeps the name and the scope of each span.
#[derive(Clone, Debug, Default)]
struct Ended(Arc<Components>, Arc<Mutex<Vec<(String, String)>>>);

impl Ended {
    fn provider(&self) -> SdkTracerProvider {
        SdkTracerProvider::builder().with_sampler(Attentive(Sampler::AlwaysOn)).with_span_processor(self.clone()).build()
    }

    /// The scope of the span of that name, without what all have in front.
    fn scope(&self, name: &str) -> String {
        let ended = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, scope) = ended.iter().find(|(ended, _)| ended == name).expect("it has ended");
        scope.trim_start_matches("twinkle.server.").to_owned()
    }

    /// So many spans are known.
    fn known(&self) -> usize {
        self.0.0.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).scopes.len()).sum()
    }
}

impl SpanProcessor for Ended {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        self.0.started(span, parent);
    }

    fn on_end(&self, mut span: SpanData) {
        self.0.ended(&mut span);
        let ended = (span.name.into_owned(), span.instrumentation_scope.name().to_owned());
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What the pipeline's filter does.
struct Expects;

impl<S: tracing::Subscriber> Layer<S> for Expects {
    fn register_callsite(&self, callsite: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        Components::expect(callsite);
        tracing::subscriber::Interest::always()
    }
}

fn run(activates_context: bool, spans: impl FnOnce()) -> Ended {
    let ended = Ended::default();
    let layer = tracing_opentelemetry::layer().with_tracer(ended.provider().tracer("program"));
    let layer = layer.with_context_activation(activates_context);
    with_default(tracing_subscriber::registry().with(layer).with(Expects), spans);
    ended
}

#[test]
fn the_nearest_ancestor_that_has_a_component_counts() {
    for activates_context in [true, false] {
        let ended = run(activates_context, || {
            info_span!("before").in_scope(|| ());
            info_span!("request", twinkle.component = "Gateway").in_scope(|| {
                info_span!("route").in_scope(|| {
                    info_span!("generate", twinkle.component = "Model").in_scope(|| info_span!("token").in_scope(|| ()));
                    info_span!("after").in_scope(|| ());
                });
                info_span!("queued", twinkle.deployment = "Processor").in_scope(|| info_span!("work").in_scope(|| ()));
                info_span!("both", twinkle.deployment = "model-1", twinkle.component = "Sampler").in_scope(|| ());
            });
        });
        let scopes = [
            ("before", "program"),
            ("request", "Gateway"),
            ("route", "Gateway"),
            ("generate", "Model"),
            ("token", "Model"),
            ("after", "Gateway"),
            ("queued", "Processor"),
            ("work", "Processor"),
            ("both", "Sampler"),
        ];
        for (name, scope) in scopes {
            assert_eq!(ended.scope(name), scope, "{name}, {activates_context}");
        }
    }
}

#[test]
fn a_component_goes_with_its_spans_to_other_threads() {
    let ended = run(false, || {
        let request = info_span!("request", twinkle.component = "Gateway");
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let work = move || info_span!(parent: &request, "elsewhere").in_scope(|| info_span!("below").in_scope(|| ()));
        thread::spawn(move || tracing::dispatcher::with_default(&dispatch, work)).join().expect("no panic");
    });
    assert_eq!([ended.scope("elsewhere"), ended.scope("below")], ["Gateway", "Gateway"]);
}

#[test]
fn what_can_be_no_part_of_a_scope_is_no_component() {
    let long = "x".repeat(100);
    let ended = run(true, || {
        info_span!("outer", twinkle.component = "Gateway").in_scope(|| {
            info_span!("empty", twinkle.component = " ").in_scope(|| ());
            info_span!("blank", twinkle.component = "My Model").in_scope(|| ());
            info_span!("letters", twinkle.component = "Größe").in_scope(|| ());
            info_span!("number", twinkle.component = 7_i64).in_scope(|| ());
            info_span!("falls back", twinkle.component = "", twinkle.deployment = "Model").in_scope(|| ());
            info_span!("own", twinkle.component = " Edge_2.eu-west ").in_scope(|| ());
            info_span!("long", twinkle.component = long).in_scope(|| ());
        });
    });
    for name in ["empty", "blank", "letters", "number"] {
        assert_eq!(ended.scope(name), "Gateway", "{name}");
    }
    assert_eq!(ended.scope("falls back"), "Model");
    assert_eq!(ended.scope("own"), "Edge_2.eu-west");
    assert_eq!(ended.scope("long"), "x".repeat(MAX_NAME));
}

#[test]
fn what_is_recorded_before_the_first_entry_counts_and_later_no_more() {
    let ended = run(true, || {
        let early = info_span!("early", twinkle.component = tracing::field::Empty);
        early.record("twinkle.component", "Model");
        early.in_scope(|| ());
        let late = info_span!("late", twinkle.component = tracing::field::Empty);
        late.in_scope(|| late.record("twinkle.component", "Model"));
    });
    assert_eq!([ended.scope("early"), ended.scope("late")], ["Model", "program"]);
}

/// A span of OpenTelemetry's own interface, below that context.
fn open(provider: &SdkTracerProvider, name: &'static str, component: Option<&'static str>, parent: &Context) -> Context {
    IN_USE.store(true, Ordering::Relaxed);
    let attributes = component.map(|component| KeyValue::new(KEYS[0], component));
    let builder = SpanBuilder::from_name(name).with_attributes(attributes);
    parent.with_span(provider.tracer("program").build_with_context(builder, parent))
}

#[test]
fn a_child_inherits_from_a_parent_that_has_just_ended() {
    let ended = Ended::default();
    let provider = ended.provider();
    let parent = open(&provider, "request", Some("Gateway"), &Context::new());
    parent.span().end();
    open(&provider, "detached", None, &parent).span().end();
    assert_eq!(ended.scope("detached"), "Gateway");
}

#[test]
fn nothing_is_inherited_from_another_process() {
    let ended = Ended::default();
    let provider = ended.provider();
    let caller = open(&provider, "caller", Some("Gateway"), &Context::new());
    let ids = caller.span().span_context().clone();
    let remote = SpanContext::new(ids.trace_id(), ids.span_id(), TraceFlags::SAMPLED, true, TraceState::NONE);
    open(&provider, "called", None, &Context::new().with_remote_span_context(remote)).span().end();
    assert_eq!(ended.scope("called"), "program");
}

#[test]
fn memory_is_bounded_and_given_back() {
    let ended = Ended::default();
    let provider = ended.provider();
    for _ in 0..10_000 {
        open(&provider, "short", Some("Model"), &Context::new()).span().end();
    }
    assert!((1..=SHARDS * MAX_ENDED).contains(&ended.known()), "{}", ended.known());

    let all = SHARDS * MAX_SPANS;
    let many: Vec<_> = (0..all + all / 2).map(|_| open(&provider, "open", Some("Model"), &Context::new())).collect();
    assert!((all * 9 / 10..=all).contains(&ended.known()), "{}", ended.known());
    for span in &many {
        span.span().end();
    }
    assert!(ended.known() <= SHARDS * MAX_ENDED, "{}", ended.known());
}

#[test]
fn one_that_does_not_fit_is_exported_without_its_component() {
    let mut shard = Shard::default();
    let key = |number: u64| (TraceId::from(1), SpanId::from(number));
    let scope = scope("Model");
    (0..MAX_SPANS as u64).for_each(|number| shard.open(key(number), Arc::clone(&scope)));
    shard.open(key(u64::MAX), Arc::clone(&scope));
    assert!(shard.end(key(u64::MAX)).is_none());
    // There is room again as soon as one has ended.
    assert!(shard.end(key(0)).is_some());
    shard.open(key(u64::MAX), scope);
    assert!(shard.end(key(u64::MAX)).is_some());
}
