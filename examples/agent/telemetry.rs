//! What the layers feed.

use std::error::Error;

use llm_span::{CollectFindings, LlmLayer, Price, Prices, Prometheus};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{
    error::OTelSdkError,
    trace::{InMemorySpanExporter, SdkTracerProvider, SpanData},
};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, registry::LookupSpan};

pub(crate) struct Telemetry {
    pub(crate) prices: Prices,
    pub(crate) findings: CollectFindings,
    tracer: SdkTracerProvider,
    spans: InMemorySpanExporter,
    metrics: Prometheus,
}

impl Telemetry {
    /// The subscriber to install. In your program, an exporter of your choice stands in place of the one that keeps spans in memory.
    pub(crate) fn new() -> Result<(Self, impl Subscriber + Send + Sync + for<'s> LookupSpan<'s>), Box<dyn Error>> {
        let spans = InMemorySpanExporter::default();
        let tracer = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();

        // US dollars per million tokens; your contract's, not this example's.
        let prices = Prices::new().price("openai", "gpt-4o*", Price::per_million(2.50, 10.00).cache_read(1.25))?;
        prices.clone().install();

        let metrics = Prometheus::new();
        let findings = CollectFindings::default();
        let llm = LlmLayer::builder().metrics(metrics.clone()).findings(findings.clone()).build();
        let subscriber = tracing_subscriber::registry()
            // The client logs what it could not read, answers among it: no layer is to keep that.
            .with(Targets::new().with_default(LevelFilter::INFO).with_target("async_openai", LevelFilter::OFF))
            .with(tracing_opentelemetry::layer().with_tracer(tracer.tracer("agent")))
            .with(llm);
        Ok((Self { prices, findings, tracer, spans, metrics }, subscriber))
    }

    /// The spans that have ended.
    pub(crate) fn spans(&self) -> Result<Vec<SpanData>, OTelSdkError> {
        self.spans.get_finished_spans()
    }

    /// A counter as Prometheus scrapes it, over all its labels; `None` where nothing was counted, which is not 0.
    pub(crate) fn counter(&self, name: &str) -> Option<f64> {
        let scrape = self.metrics.render(None).body;
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once(' ')?.1.parse().ok();
        scrape.lines().filter_map(value).reduce(|sum: f64, one: f64| sum + one)
    }

    pub(crate) fn shutdown(self) -> Result<(), OTelSdkError> {
        self.tracer.shutdown()
    }
}
