//! The telemetry of a test, whose runtime has one thread: its spans go to the subscriber of that thread.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use llm_span::{CarryCorrelation, LlmLayer, Prometheus, contract::MetricSets};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::layer::SubscriberExt as _;

pub(crate) struct Telemetry {
    prometheus: Prometheus,
    exporter: InMemorySpanExporter,
    _provider: SdkTracerProvider,
    _installed: DefaultGuard,
}

impl Telemetry {
    pub(crate) fn install() -> Self {
        // While there is but one subscriber, a thread without any can switch a span off for all.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
        let prometheus = Prometheus::builder().build();
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(CarryCorrelation::new())
            .with_simple_exporter(exporter.clone())
            .build();
        let llm = LlmLayer::builder().metrics(prometheus.clone()).metric_sets(MetricSets::named(["twinkle"]).unwrap()).build();
        let subscriber =
            tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test"))).with(llm);
        let installed = tracing::subscriber::set_default(subscriber);
        Self { prometheus, exporter, _provider: provider, _installed: installed }
    }

    /// The sum of a metric's series that have these labels; `None` where there is none.
    pub(crate) fn sum(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let text = self.prometheus.render(None).body;
        let is_of = |line: &&str| line.split(['{', ' ']).next() == Some(name) && labels.iter().all(|label| line.contains(label));
        text.lines().filter(is_of).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).reduce(|a, b| a + b)
    }

    /// The exported spans of that name.
    pub(crate) fn spans(&self, name: &str) -> Vec<SpanData> {
        self.exporter.get_finished_spans().unwrap().into_iter().filter(|span| span.name == name).collect()
    }
}
