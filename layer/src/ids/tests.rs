//! What the ids of a span are at its close, which no log line shows.

use super::{DispatchHandle, IdSource, SpanIds, of_span};
use std::sync::{Arc, Mutex};
use tracing::{Dispatch, Event, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Notes the ids of spans at their events and at their close.
#[derive(Default)]
struct Notes {
    dispatch: DispatchHandle,
    ids: Arc<Mutex<Vec<Option<SpanIds>>>>,
}

impl Notes {
    fn note<S: Subscriber + for<'a> LookupSpan<'a>>(&self, id: &span::Id, context: &Context<'_, S>) {
        let span = context.span(id).expect("span");
        let ids = of_span(&span, IdSource::Auto, &self.dispatch);
        self.ids.lock().expect("lock").push(ids);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Notes {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.register(dispatch);
    }

    fn on_event(&self, _: &Event<'_>, context: Context<'_, S>) {
        let current = context.current_span();
        self.note(current.id().expect("in a span"), &context);
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        self.note(&id, &context);
    }
}

fn event_and_close(subscriber: impl Subscriber + Send + Sync, ids: &Mutex<Vec<Option<SpanIds>>>) -> [SpanIds; 2] {
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("span").in_scope(|| tracing::info!("event"));
    });
    let ids = ids.lock().expect("lock");
    let [Some(event), Some(close)] = ids[..] else { panic!("two ids: {ids:?}") };
    [event, close]
}

#[test]
fn own_ids_stay_the_same_until_the_close() {
    let notes = Notes::default();
    let ids = notes.ids.clone();
    let [event, close] = event_and_close(tracing_subscriber::registry().with(notes), &ids);
    assert_eq!(event, close);
}

#[cfg(feature = "otel")]
#[test]
fn ids_from_opentelemetry_are_kept_for_the_close_in_either_order_of_the_layers() {
    use opentelemetry::trace::TracerProvider as _;
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let check = |[event, close]: [SpanIds; 2]| {
        assert_eq!(event, close);
        assert_eq!(event.flags(), 1, "sampled, so OpenTelemetry's own");
    };

    let notes = Notes::default();
    let ids = notes.ids.clone();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    check(event_and_close(tracing_subscriber::registry().with(notes).with(otel), &ids));

    let notes = Notes::default();
    let ids = notes.ids.clone();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    check(event_and_close(tracing_subscriber::registry().with(otel).with(notes), &ids));
}
