//! What a test's calls and operations tell: spans as they are exported, metrics as they are scraped.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm_span::{CarryCorrelation, LlmLayer, Prometheus, contract::MetricSets, testing};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

/// The telemetry of a test, whose runtime has one thread: its spans go to the subscriber of that thread.
pub(crate) struct Telemetry {
    pub(crate) prometheus: Prometheus,
    exporter: InMemorySpanExporter,
    _tracer: SdkTracerProvider,
    _installed: DefaultGuard,
}

impl Telemetry {
    pub(crate) fn start() -> Self {
        testing::keep_callsites_open();
        let exporter = InMemorySpanExporter::default();
        let tracer = SdkTracerProvider::builder();
        let tracer = tracer.with_span_processor(CarryCorrelation::new()).with_simple_exporter(exporter.clone()).build();
        let prometheus = Prometheus::builder().build();
        let sets = MetricSets::named(["llm_gateway", "twinkle"]).unwrap();
        let llm = LlmLayer::builder().metrics(prometheus.clone()).metric_sets(sets).build();
        let subscriber = tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(tracer.tracer("gateway")))
            .with(llm)
            .with(testing::layer());
        let installed = tracing::subscriber::set_default(subscriber);
        Self { prometheus, exporter, _tracer: tracer, _installed: installed }
    }

    /// The sum of a metric's series that have these labels; `None` where there is none.
    pub(crate) fn sum(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let text = self.prometheus.render(None).body;
        let is_of = |line: &&str| line.split(['{', ' ']).next() == Some(name) && labels.iter().all(|label| line.contains(label));
        text.lines().filter(is_of).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).reduce(|a, b| a + b)
    }

    /// Those that have ended, in that order.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().unwrap()
    }

    /// Those of that name.
    pub(crate) fn spans_named(&self, name: &str) -> Vec<SpanData> {
        self.spans().into_iter().filter(|span| span.name == name).collect()
    }

    /// The one of that name.
    pub(crate) fn span(&self, name: &str) -> SpanData {
        let mut spans = self.spans_named(name);
        assert_eq!(spans.len(), 1, "{name}");
        spans.remove(0)
    }
}

/// An attribute as text.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.as_str().into_owned())
}
