//! Puts the ids of the current correlation on the spans of others.

use std::time::Duration;

use llm_span_contract::keys;
use opentelemetry::{Context, KeyValue, trace::Span as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

use crate::correlation::{Correlation, with_current};

/// Puts `gen_ai.conversation.id`, `session.id`, `user.id`, `client.service.name` and `client.service.version` on every recorded
/// span that starts while a [`Correlation`] is current: on those of a database or an HTTP client too, so that all of a
/// conversation, and all that a client has asked for, is found.
///
/// An id that the current one leaves out is taken from the [`Correlation`] that is a value of the OpenTelemetry context which the span
/// has as its parent. The spans of a request have it there (feature `propagation`), so that they carry the ids in tasks and
/// threads, too, where none is current: `tokio::spawn(work.in_current_span())`.
///
/// An attribute that the span was given when it started stays as it was. Where there are no ids this is one look at a
/// thread-local and one into the context; where there are, the span's attributes are copied once, which is the only way to see them.
///
/// ```
/// use llm_span::CarryCorrelation;
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = SdkTracerProvider::builder().with_span_processor(CarryCorrelation::new());
/// // … .with_batch_exporter(exporter).build()
/// ```
///
/// Spans of `tracing` start when they are first entered, and those that never are when they close: what is current then counts.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CarryCorrelation;

/// Of Llama Stack's telemetry: who has sent the request. No convention of OpenTelemetry names it.
const CLIENT_SERVICE_NAME: &str = "client.service.name";
const CLIENT_SERVICE_VERSION: &str = "client.service.version";

impl CarryCorrelation {
    /// The processor.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl SpanProcessor for CarryCorrelation {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        with_current(|current| match (current, parent.get::<Correlation>()) {
            (Some(current), Some(parents)) => carry(&current.or(parents), span),
            (Some(ids), None) | (None, Some(ids)) => carry(ids, span),
            (None, None) => {}
        });
    }

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn carry(current: &Correlation, span: &mut Span) {
    let ids = [
        (keys::GEN_AI_CONVERSATION_ID, current.conversation_id()),
        (keys::SESSION_ID, current.session_id()),
        (keys::USER_ID, current.user_id()),
        (CLIENT_SERVICE_NAME, current.client_service_name()),
        (CLIENT_SERVICE_VERSION, current.client_service_version()),
    ];
    // The only way to see what a span has.
    let Some(data) = span.exported_data() else { return };
    for (key, id) in ids {
        let has = || data.attributes.iter().any(|attribute| attribute.key.as_str() == key);
        if let Some(id) = id.filter(|_| !has()) {
            span.set_attribute(KeyValue::new(key, id.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn provider() -> (SdkTracerProvider, InMemorySpanExporter) {
        let exporter = InMemorySpanExporter::default();
        let builder = SdkTracerProvider::builder().with_span_processor(CarryCorrelation::new());
        (builder.with_simple_exporter(exporter.clone()).build(), exporter)
    }

    /// The attributes of the exported spans, sorted, by the spans' names.
    fn exported(exporter: &InMemorySpanExporter) -> Vec<(String, Vec<String>)> {
        let spans = exporter.get_finished_spans().expect("spans");
        let attributes = |span: SpanData| {
            let keys =
                [keys::GEN_AI_CONVERSATION_ID, keys::SESSION_ID, keys::USER_ID, CLIENT_SERVICE_NAME, CLIENT_SERVICE_VERSION];
            let ours = |key: &str| keys.contains(&key);
            let ours = span.attributes.iter().filter(|attribute| ours(attribute.key.as_str()));
            let mut texts: Vec<_> = ours.map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect();
            texts.sort();
            (span.name.into_owned(), texts)
        };
        spans.into_iter().map(attributes).collect()
    }

    fn own(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn spans_of_others_carry_the_ids() {
        let (provider, exporter) = provider();
        let subscriber = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")));
        let _default = tracing::subscriber::set_default(subscriber);
        tracing::info_span!("before").in_scope(|| ());
        let client = Correlation::new().client_service("app").client_version("2");
        client.conversation("c").session("s").user("u").in_scope(|| {
            tracing::info_span!("SELECT").in_scope(|| ());
            provider.tracer("other").start("GET");
        });
        let all = own(&[
            "client.service.name=app",
            "client.service.version=2",
            "gen_ai.conversation.id=c",
            "session.id=s",
            "user.id=u",
        ]);
        let expected = [("before".to_owned(), vec![]), ("SELECT".to_owned(), all.clone()), ("GET".to_owned(), all)];
        assert_eq!(exported(&exporter), expected);
    }

    #[test]
    fn what_is_current_wins_over_the_parents_context_id_by_id() {
        let (provider, exporter) = provider();
        let parent = Context::new().with_value(Correlation::new().session("parent").user("parent"));
        let start = |name: &'static str| drop(provider.tracer("other").start_with_context(name, &parent));
        start("elsewhere");
        Correlation::new().user("u").in_scope(|| start("here"));
        let elsewhere = own(&["session.id=parent", "user.id=parent"]);
        let here = own(&["session.id=parent", "user.id=u"]);
        assert_eq!(exported(&exporter), [("elsewhere".to_owned(), elsewhere), ("here".to_owned(), here)]);
    }

    #[test]
    fn what_a_span_has_already_stays() {
        let (provider, exporter) = provider();
        let subscriber = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")));
        let _default = tracing::subscriber::set_default(subscriber);
        Correlation::new().session("s").user("u").in_scope(|| tracing::info_span!("own", user.id = "v").in_scope(|| ()));
        assert_eq!(exported(&exporter), [("own".to_owned(), own(&["session.id=s", "user.id=v"]))]);
    }
}
