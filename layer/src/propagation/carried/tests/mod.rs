//! What is carried, in and out of spans.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod adopt;
mod headers;
mod property;
mod run;
mod without_opentelemetry;

use http::{HeaderMap, HeaderValue};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SdkTracerProvider, SpanData};
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt as _;

use super::Carried;
use crate::CarryCorrelation;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).expect("a header"));
    }
    headers
}

/// A request of the trace, by its flags, with baggage and a session.
fn request(flags: &str) -> Carried {
    let parent = format!("00-{TRACE}-{SPAN}-{flags}");
    Carried::of_headers(&headers(&[("traceparent", &parent), ("baggage", "tier=gold"), ("x-session-id", "s")]))
}

/// OpenTelemetry, whose spans are kept.
struct Otel {
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Otel {
    fn new() -> Self {
        let exporter = InMemorySpanExporter::default();
        let builder = SdkTracerProvider::builder().with_span_processor(CarryCorrelation::new());
        Self { provider: builder.with_simple_exporter(exporter.clone()).build(), exporter }
    }

    fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    fn subscriber(&self, activates: bool) -> impl Subscriber + Send + Sync + 'static {
        let layer = tracing_opentelemetry::layer().with_tracer(self.tracer()).with_context_activation(activates);
        tracing_subscriber::registry().with(layer)
    }

    /// The spans that have ended, by name.
    fn span(&self, name: &str) -> SpanData {
        let spans = self.exporter.get_finished_spans().expect("spans");
        spans.into_iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no span {name}"))
    }

    fn names(&self) -> Vec<String> {
        let spans = self.exporter.get_finished_spans().expect("spans");
        spans.into_iter().map(|span| span.name.into_owned()).collect()
    }

    fn parent(&self, name: &str) -> String {
        self.span(name).parent_span_id.to_string()
    }

    fn id(&self, name: &str) -> String {
        self.span(name).span_context.span_id().to_string()
    }

    fn trace(&self, name: &str) -> String {
        self.span(name).span_context.trace_id().to_string()
    }
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.to_string())
}

fn baggage(key: &str) -> Option<String> {
    use opentelemetry::baggage::BaggageExt as _;
    opentelemetry::Context::map_current(|current| current.baggage().get(key).map(ToString::to_string))
}
