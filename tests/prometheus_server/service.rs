//! The example's service, and what it exports.

use llm_span::{Listening, LlmLayer};
use llm_span_examples::metrics::{Service, Telemetry};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

/// The service on the runtime of a test, which has one thread: so its spans go to the subscriber of that thread.
pub(crate) struct Running {
    pub(crate) service: Service,
    pub(crate) telemetry: Telemetry,
    /// Where the metrics are scraped.
    pub(crate) listening: Listening,
    pub(crate) exported: InMemorySpanExporter,
    _tracer: SdkTracerProvider,
    _installed: DefaultGuard,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_beside(Vec::new()).await
    }

    /// With further layers, which measure the same spans.
    pub(crate) async fn start_beside(layers: Vec<LlmLayer>) -> Self {
        let exported = InMemorySpanExporter::default();
        let tracer = SdkTracerProvider::builder().with_simple_exporter(exported.clone()).build();
        let (telemetry, subscriber) = Telemetry::new(&tracer).unwrap();
        let installed = if layers.is_empty() {
            tracing::subscriber::set_default(subscriber)
        } else {
            tracing::subscriber::set_default(subscriber.with(layers))
        };
        let service = Service::start(&telemetry).await.unwrap();
        let listening = telemetry.prometheus.listener().address("127.0.0.1:0").start().unwrap();
        Self { service, telemetry, listening, exported, _tracer: tracer, _installed: installed }
    }

    /// Rounds of calls; every counter that grows in a round grows in each.
    pub(crate) async fn rounds(&self, rounds: u64) {
        for _ in 0..rounds {
            self.service.round().await.unwrap();
        }
    }
}
