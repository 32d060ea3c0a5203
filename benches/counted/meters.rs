//! A meter provider that can be read.

use std::time::Duration;

use llm_span::OtelMetrics;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, HistogramDataPoint, Metric, MetricData, ResourceMetrics, ScopeMetrics},
};

/// A meter provider with a reader, which is what switches instruments on. It is not read unless it is told to.
pub(crate) struct Meters {
    pub(crate) provider: SdkMeterProvider,
    pub(crate) metrics: OtelMetrics,
    exporter: InMemoryMetricExporter,
}

/// What a metric has been told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) is_histogram: bool,
    /// The points of a histogram, the sum of a counter.
    pub(crate) total: u64,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).with_interval(Duration::from_secs(3600)).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        Self { metrics: OtelMetrics::new(&provider.meter("benches")), provider, exporter }
    }

    pub(crate) fn meter(&self) -> Meter {
        self.provider.meter("benches")
    }

    /// What has been measured so far; nothing where it can't be read.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.exporter.reset();
        let _ = self.provider.force_flush();
        let read = self.exporter.get_finished_metrics().unwrap_or_default();
        let scopes = read.iter().flat_map(ResourceMetrics::scope_metrics);
        scopes.flat_map(ScopeMetrics::metrics).map(Told::of).collect()
    }
}

impl Told {
    fn of(metric: &Metric) -> Self {
        let (is_histogram, total) = match metric.data() {
            AggregatedMetrics::U64(data) => total(data, |value| value),
            AggregatedMetrics::I64(data) => total(data, i64::unsigned_abs),
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers that were counted up")]
            AggregatedMetrics::F64(data) => total(data, |value| value as u64),
        };
        Self { name: metric.name().to_owned(), is_histogram, total }
    }
}

fn total<T: Copy>(data: &MetricData<T>, whole: impl Fn(T) -> u64) -> (bool, u64) {
    match data {
        MetricData::Sum(sum) => (false, sum.data_points().map(|point| whole(point.value())).sum()),
        MetricData::Histogram(histogram) => (true, histogram.data_points().map(HistogramDataPoint::count).sum()),
        MetricData::Gauge(_) | MetricData::ExponentialHistogram(_) => (false, 0),
    }
}
