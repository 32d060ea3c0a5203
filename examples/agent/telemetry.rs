//! What the layers feed.

use std::error::Error;

use llm_span::{CollectFindings, LlmLayer, OtelMetrics, Price, Prices};
use opentelemetry::{metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_sdk::{
    error::OTelSdkError,
    metrics::SdkMeterProvider,
    trace::{InMemorySpanExporter, SdkTracerProvider, SpanData},
};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, registry::LookupSpan};

pub(crate) struct Telemetry {
    pub(crate) prices: Prices,
    pub(crate) findings: CollectFindings,
    tracer: SdkTracerProvider,
    spans: InMemorySpanExporter,
    meter: SdkMeterProvider,
    metrics: prometheus::Registry,
}

impl Telemetry {
    /// The subscriber to install. In your program, exporters of your choice stand in place of the two that keep things in memory.
    pub(crate) fn new() -> Result<(Self, impl Subscriber + Send + Sync + for<'s> LookupSpan<'s>), Box<dyn Error>> {
        let spans = InMemorySpanExporter::default();
        let tracer = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();

        let metrics = prometheus::Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(metrics.clone()).with_namespace("llm");
        let exporter = exporter.without_target_info().scope_info_enabled(false).build()?;
        let meter = SdkMeterProvider::builder().with_reader(exporter).build();

        // US dollars per million tokens; your contract's, not this example's.
        let prices = Prices::new().price("openai", "gpt-4o*", Price::per_million(2.50, 10.00).cache_read(1.25))?;
        prices.clone().install();

        let findings = CollectFindings::default();
        let llm = LlmLayer::builder().metrics(OtelMetrics::new(&meter.meter("agent"))).findings(findings.clone()).build();
        let subscriber = tracing_subscriber::registry()
            // The client logs what it could not read, answers among it: no layer is to keep that.
            .with(Targets::new().with_default(LevelFilter::INFO).with_target("async_openai", LevelFilter::OFF))
            .with(tracing_opentelemetry::layer().with_tracer(tracer.tracer("agent")))
            .with(llm);
        Ok((Self { prices, findings, tracer, spans, meter, metrics }, subscriber))
    }

    /// The spans that have ended.
    pub(crate) fn spans(&self) -> Result<Vec<SpanData>, OTelSdkError> {
        self.spans.get_finished_spans()
    }

    /// A counter as Prometheus scrapes it, over all its labels; `None` where nothing was counted, which is not 0.
    pub(crate) fn counter(&self, name: &str) -> Option<f64> {
        let families = self.metrics.gather();
        let family = families.iter().find(|family| family.name() == name)?;
        Some(family.get_metric().iter().map(|metric| metric.get_counter().get_value()).sum())
    }

    pub(crate) fn shutdown(self) -> Result<(), Box<dyn Error>> {
        self.meter.shutdown()?;
        Ok(self.tracer.shutdown()?)
    }
}
