//! Several layers that count into one meter.

use llm_span::{LlmLayer, Operation, OtelMetrics, Usage, call};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics, SumDataPoint},
};
use tracing_subscriber::prelude::*;

#[test]
fn what_two_layers_count_with_one_sink_is_added_up() {
    llm_span::testing::keep_callsites_open();
    let exporter = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
    let metrics = OtelMetrics::new(&meters.meter("llm"));
    for model in ["gpt-4o", "gpt-4o", "o3"] {
        let layer = LlmLayer::builder().metrics(metrics.clone()).build();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            call(Operation::Chat, "openai", model).enter().succeed(Usage::new(10, 2));
        });
    }
    meters.force_flush().unwrap();

    let resources = exporter.get_finished_metrics().unwrap();
    let found = resources.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
    let counters: Vec<_> = found.filter(|metric| metric.name().contains("prompt_tokens")).collect();
    let [counter] = &counters[..] else { panic!("not one counter: {counters:?}") };
    let AggregatedMetrics::U64(MetricData::Sum(sum)) = counter.data() else { panic!("no sum: {counter:?}") };
    let mut values: Vec<_> = sum.data_points().map(SumDataPoint::value).collect();
    values.sort_unstable();
    assert_eq!(values, [10, 20]);
}
