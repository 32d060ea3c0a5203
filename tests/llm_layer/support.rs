//! A subscriber with everything in it, and what came out.

use std::collections::BTreeMap;

use llm_span::{CollectFindings, LlmLayer, LlmLayerBuilder, OtelMetrics, SpanFinding};
use opentelemetry::{metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_sdk::{
    metrics::{
        InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
        data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics},
    },
    trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData},
};
use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::prelude::*;

/// Telemetry of one test: a scoped subscriber with an OpenTelemetry layer and ours.
pub(crate) struct Telemetry {
    pub(crate) findings: CollectFindings,
    spans: InMemorySpanExporter,
    metrics: InMemoryMetricExporter,
    meters: SdkMeterProvider,
    tracers: SdkTracerProvider,
    dispatch: Dispatch,
    _default: DefaultGuard,
}

impl Telemetry {
    pub(crate) fn start() -> Self {
        Self::with(Sampler::AlwaysOn, LlmLayer::builder())
    }

    pub(crate) fn with(sampler: Sampler, layer: LlmLayerBuilder) -> Self {
        llm_span::testing::keep_callsites_open();
        let (spans, metrics) = (InMemorySpanExporter::default(), InMemoryMetricExporter::default());
        let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).with_sampler(sampler).build();
        let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(metrics.clone()).build()).build();
        let findings = CollectFindings::default();
        let layer = layer.findings(findings.clone()).metrics(OtelMetrics::new(&meters.meter("llm"))).build();
        let subscriber =
            tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracers.tracer("llm"))).with(layer);
        let dispatch = Dispatch::new(subscriber);
        let guard = tracing::dispatcher::set_default(&dispatch);
        Self { findings, spans, metrics, meters, tracers, dispatch, _default: guard }
    }

    pub(crate) fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// What was found, `kind attribute` each.
    pub(crate) fn found(&self) -> Vec<String> {
        let text = |found: SpanFinding| {
            let attribute = found.finding.attribute.unwrap_or_default();
            format!("{} {attribute}", found.finding.kind)
        };
        self.findings.take().into_iter().map(text).collect()
    }

    /// The exported spans, in the order in which they ended.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.tracers.force_flush().unwrap();
        self.spans.get_finished_spans().unwrap()
    }

    /// Each counter of what calls used, with its labels: `name{key=value,…}`. The labels are sorted.
    pub(crate) fn counters(&self) -> BTreeMap<String, u64> {
        let mut counters = self.all_counters();
        counters.retain(|name, _| !name.starts_with("llm_contract_violations_total"));
        counters
    }

    fn all_counters(&self) -> BTreeMap<String, u64> {
        self.collect(|name, data| match data {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                assert!(sum.is_monotonic());
                sum.data_points().map(|point| (series(name, point.attributes()), point.value())).collect()
            }
            _ => Vec::new(),
        })
    }

    /// Each counter of fractions with its labels, as [`counters`](Self::counters).
    pub(crate) fn decimals(&self) -> BTreeMap<String, f64> {
        self.collect(|name, data| match data {
            AggregatedMetrics::F64(MetricData::Sum(sum)) => {
                assert!(sum.is_monotonic());
                sum.data_points().map(|point| (series(name, point.attributes()), point.value())).collect()
            }
            _ => Vec::new(),
        })
    }

    /// The tokens that the conventions' histogram has measured, input and output together.
    pub(crate) fn measured_tokens(&self) -> f64 {
        let histograms = self.histograms();
        let of_tokens = histograms.iter().filter(|(name, _)| name.starts_with("gen_ai.client.token.usage"));
        of_tokens.fold(0.0, |all, (_, (_, sum))| all + sum)
    }

    /// Each histogram with its labels, as count and sum.
    pub(crate) fn histograms(&self) -> BTreeMap<String, (u64, f64)> {
        self.collect(|name, data| match data {
            AggregatedMetrics::U64(MetricData::Histogram(histogram)) => histogram
                .data_points()
                .map(|point| (series(name, point.attributes()), (point.count(), point.sum() as f64)))
                .collect(),
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                histogram.data_points().map(|point| (series(name, point.attributes()), (point.count(), point.sum()))).collect()
            }
            _ => Vec::new(),
        })
    }

    fn collect<T>(&self, read: impl Fn(&str, &AggregatedMetrics) -> Vec<(String, T)>) -> BTreeMap<String, T> {
        self.metrics.reset();
        self.meters.force_flush().unwrap();
        let exported = self.metrics.get_finished_metrics().unwrap();
        let scopes = exported.iter().flat_map(ResourceMetrics::scope_metrics);
        let metrics = scopes.flat_map(ScopeMetrics::metrics);
        metrics.flat_map(|metric| read(metric.name(), metric.data())).collect()
    }
}

fn series<'a>(name: &str, attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let mut labels: Vec<_> = attributes.map(|label| format!("{}={}", label.key, label.value)).collect();
    labels.sort();
    format!("{name}{{{}}}", labels.join(","))
}

/// The value of an attribute of an exported span.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<opentelemetry::Value> {
    let mut values = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
    let value = values.next().map(|attribute| attribute.value.clone());
    assert!(values.next().is_none(), "`{key}` is exported twice");
    value
}
