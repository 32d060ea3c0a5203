//! The subscribers that calls, lines and chunks are counted under, and what their layers have measured.

#![allow(clippy::expect_used, reason = "without metrics there is nothing to count")]

use std::time::Duration;

use llm_span::{
    CountFindings, LlmLayer, LlmLayerBuilder, Prometheus,
    contract::{Generation, MetricSet, MetricSets},
};
use opentelemetry::{Context, trace::TracerProvider as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use tracing::{Dispatch, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    Layer, Registry,
    layer::{Identity, Layered, SubscriberExt as _},
    registry::LookupSpan,
};

use super::meters::Meters;

/// Takes finished spans and drops them: exporting is another thread's.
#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}
    fn on_end(&self, span: SpanData) {
        drop(span);
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The registry alone. It is the layers' stack that has it forget spans which are closed: bare it would keep them all.
pub(crate) fn registry() -> Dispatch {
    with(Identity::new())
}

/// The registry, and this layer.
pub(crate) fn with(layer: impl Layer<Registry> + Send + Sync) -> Dispatch {
    Dispatch::new(Registry::default().with(layer))
}

/// The registry and OpenTelemetry.
pub(crate) fn beside(sampler: Sampler) -> Dispatch {
    with(otel(sampler))
}

/// The registry, OpenTelemetry, and this layer.
pub(crate) fn beside_with<L>(sampler: Sampler, layer: L) -> Dispatch
where
    L: Layer<Layered<OpenTelemetryLayer<Registry, SdkTracer>, Registry>> + Send + Sync,
{
    Dispatch::new(Registry::default().with(otel(sampler)).with(layer))
}

/// tracing-opentelemetry's layer; finished spans are dropped.
pub(crate) fn otel<S: Subscriber + for<'a> LookupSpan<'a>>(sampler: Sampler) -> OpenTelemetryLayer<S, SdkTracer> {
    let provider = SdkTracerProvider::builder().with_span_processor(Discard).with_sampler(sampler).build();
    tracing_opentelemetry::layer().with_tracer(provider.tracer("counted"))
}

/// The layer with the default contract; it measures nothing.
pub(crate) fn llm(findings: &CountFindings) -> LlmLayer {
    builder(findings).build()
}

/// It measures what AMTP and the conventions say, through OpenTelemetry.
pub(crate) fn llm_with_meter(findings: &CountFindings, meters: &Meters) -> LlmLayer {
    builder(findings).metrics(meters.metrics.clone()).metric_sets(sets()).build()
}

/// It measures the same for Prometheus.
pub(crate) fn llm_with_prometheus(findings: &CountFindings, prometheus: &Prometheus) -> LlmLayer {
    builder(findings).metrics(prometheus.clone()).metric_sets(sets()).build()
}

/// It measures the time from chunk to chunk, too.
pub(crate) fn llm_that_times_chunks(findings: &CountFindings, prometheus: &Prometheus) -> LlmLayer {
    builder(findings).metrics(prometheus.clone()).metric_sets(MetricSet::gen_ai(Generation::G1)).build()
}

fn builder(findings: &CountFindings) -> LlmLayerBuilder {
    LlmLayer::builder().findings(findings.clone())
}

fn sets() -> MetricSets {
    MetricSets::named(["amtp", "gen_ai"]).expect("both are built in")
}
