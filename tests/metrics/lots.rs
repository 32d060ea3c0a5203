//! Values of distributions are handed over in lots: none is missing in a collection, and none is told twice.

mod sinks;

use std::{
    panic,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use llm_span::{
    IgnoreFindings, LlmLayer, MetricSink, OtelMetrics, Prometheus,
    contract::{Measure, Metric, MetricSet, MetricSets},
};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    Aggregation, InMemoryMetricExporter, InMemoryMetricExporterBuilder, Instrument, InstrumentKind, MeterProviderBuilder,
    PeriodicReader, SdkMeterProvider, Stream, Temporality,
    data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics},
};
use tracing::{Dispatch, dispatcher::with_default, info_span};
use tracing_subscriber::prelude::*;

const JOBS: &str = "job.duration";
const SIZES: &str = "job.size";

/// A distribution of durations, one of sizes, which not all have, and a count.
fn sets() -> MetricSets {
    let of_jobs = |metric: llm_span::contract::MetricBuilder| metric.of_spans_named("job").label("kind").build().unwrap();
    let size = Measure::Value(llm_span::contract::Amount::of("size"));
    let metrics = [
        of_jobs(Metric::histogram(JOBS, [1.0]).unit("s").measure(Measure::Duration)),
        of_jobs(Metric::histogram(SIZES, [10.0, 100.0]).measure(size)),
        of_jobs(Metric::counter("jobs").measure(Measure::Closed)),
    ];
    MetricSet::new("test", metrics).unwrap().into()
}

fn layer(sink: impl MetricSink) -> LlmLayer {
    llm_span::testing::keep_callsites_open();
    LlmLayer::builder().findings(IgnoreFindings).metric_sets(sets()).metrics(sink).build()
}

fn subscriber(sink: impl MetricSink) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(layer(sink)))
}

/// A job of a size, or of none.
fn job(kind: &str, size: Option<i64>) {
    let span = info_span!("job", kind, size = tracing::field::Empty);
    if let Some(size) = size {
        span.record("size", size);
    }
}

/// A reader, and what it has told of one metric so far.
struct Collected {
    exporter: InMemoryMetricExporter,
    is_delta: bool,
}

impl Collected {
    fn reader(temporality: Temporality, builder: MeterProviderBuilder) -> (Self, MeterProviderBuilder) {
        let exporter = InMemoryMetricExporterBuilder::new().with_temporality(temporality).build();
        let builder = builder.with_reader(PeriodicReader::builder(exporter.clone()).build());
        (Self { exporter, is_delta: temporality == Temporality::Delta }, builder)
    }

    fn alone() -> (Self, SdkMeterProvider) {
        let (collected, builder) = Self::reader(Temporality::Cumulative, SdkMeterProvider::builder());
        (collected, builder.build())
    }

    /// So many values each collection told, and their sum.
    fn told(&self, name: &str) -> Vec<(u64, f64)> {
        let all = self.exporter.get_finished_metrics().unwrap();
        all.iter().map(|collection| told(collection, name)).collect()
    }

    /// So many values were told at last, and their sum.
    fn all(&self, name: &str) -> (u64, f64) {
        let told = self.told(name);
        if self.is_delta {
            told.iter().fold((0, 0.0), |(count, sum), (more, by)| (count + more, sum + by))
        } else {
            told.last().copied().unwrap_or_default()
        }
    }

    fn names(&self) -> Vec<String> {
        let all = self.exporter.get_finished_metrics().unwrap();
        let metrics = all.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
        metrics.map(|metric| metric.name().to_owned()).collect()
    }
}

fn told(collection: &ResourceMetrics, name: &str) -> (u64, f64) {
    let metrics = collection.scope_metrics().flat_map(ScopeMetrics::metrics).filter(|metric| metric.name() == name);
    metrics.fold((0, 0.0), |all, metric| match metric.data() {
        AggregatedMetrics::F64(MetricData::Histogram(told)) => {
            told.data_points().fold(all, |(count, sum), point| (count + point.count(), sum + point.sum()))
        }
        AggregatedMetrics::U64(MetricData::Sum(told)) => {
            told.data_points().fold(all, |(count, sum), point| (count + point.value(), sum))
        }
        other => panic!("{name} is {other:?}"),
    })
}

#[test]
fn every_collection_of_every_reader_has_all_values_and_none_twice() {
    let (cumulative, builder) = Collected::reader(Temporality::Cumulative, SdkMeterProvider::builder());
    let (delta, builder) = Collected::reader(Temporality::Delta, builder);
    let provider = builder.build();
    let subscriber = subscriber(OtelMetrics::new(&provider.meter("test")));
    let (mut jobs, mut sizes) = (0, 0);
    // As many in between as one at a time, as many as fill a lot, and more than that.
    for some in [0, 1, 1, 2, 11, 12, 13, 14, 23, 24, 25, 0, 100, 1] {
        with_default(&subscriber, || (0..some).for_each(|at| job("a", (at % 3 != 0).then_some(at))));
        jobs += some;
        sizes += (0..some).filter(|at| at % 3 != 0).sum::<i64>();
        provider.force_flush().unwrap();
        for reader in [&cumulative, &delta] {
            assert_eq!(reader.all(JOBS).0, jobs.cast_unsigned());
            assert_eq!(reader.all(SIZES).1, sizes as f64);
            assert_eq!(reader.all("jobs").0, jobs.cast_unsigned());
        }
    }
    let names = cumulative.names();
    assert!(names.iter().all(|name| [JOBS, SIZES, "jobs"].contains(&name.as_str())), "{names:?}");
}

#[test]
fn a_distribution_without_values_has_no_series() {
    let (collected, provider) = Collected::alone();
    let subscriber = subscriber(OtelMetrics::new(&provider.meter("test")));
    with_default(&subscriber, || (0..30).for_each(|_| job("a", None)));
    provider.force_flush().unwrap();
    assert!(!collected.names().contains(&SIZES.to_owned()), "{:?}", collected.names());
    with_default(&subscriber, || job("a", Some(7)));
    provider.force_flush().unwrap();
    assert_eq!((collected.all(JOBS).0, collected.all(SIZES)), (31, (1, 7.0)));
}

#[test]
fn views_that_drop_everything_else_take_no_value() {
    let only = |name: &'static str| {
        move |instrument: &Instrument| {
            let drop = || Stream::builder().with_aggregation(Aggregation::Drop).build().unwrap();
            (instrument.name() != name).then(drop)
        }
    };
    let (collected, builder) = Collected::reader(Temporality::Cumulative, SdkMeterProvider::builder());
    let provider = builder.with_view(only(JOBS)).build();
    let subscriber = subscriber(OtelMetrics::new(&provider.meter("test")));
    for calls in 1..=30 {
        with_default(&subscriber, || job("a", Some(1)));
        provider.force_flush().unwrap();
        assert_eq!((collected.all(JOBS).0, collected.names().len()), (calls, usize::try_from(calls).unwrap()));
    }
}

#[test]
fn views_that_change_every_aggregation_make_nothing_of_what_has_no_value() {
    let to_histograms = |instrument: &Instrument| {
        let aggregation = Aggregation::ExplicitBucketHistogram { boundaries: vec![1.0], record_min_max: true };
        let stream = Stream::builder().with_name(format!("viewed.{}", instrument.name())).with_aggregation(aggregation);
        (instrument.kind() != InstrumentKind::ObservableCounter).then(|| stream.build().unwrap())
    };
    let (collected, builder) = Collected::reader(Temporality::Cumulative, SdkMeterProvider::builder());
    let provider = builder.with_view(to_histograms).build();
    let subscriber = subscriber(OtelMetrics::new(&provider.meter("test")));
    with_default(&subscriber, || (0..5).for_each(|_| job("a", None)));
    provider.force_flush().unwrap();
    assert_eq!((collected.all("viewed.job.duration").0, collected.names().len()), (5, 2), "{:?}", collected.names());
}

#[test]
fn a_layer_that_is_dropped_leaves_nothing_behind() {
    let (collected, provider) = Collected::alone();
    let (metrics, prometheus) = (OtelMetrics::new(&provider.meter("test")), Prometheus::new());
    for _ in 0..3 {
        let both = Dispatch::new(tracing_subscriber::registry().with(layer(metrics.clone())).with(layer(prometheus.clone())));
        with_default(&both, || (0..5).for_each(|_| job("a", Some(2))));
    }
    provider.force_flush().unwrap();
    assert_eq!((collected.all(JOBS).0, collected.all(SIZES)), (15, (15, 30.0)));
    assert!(prometheus.render(None).body.contains("job_size_sum{kind=\"a\"} 30\n"));
}

#[test]
fn shutting_down_exports_what_waits() {
    let (collected, provider) = Collected::alone();
    let subscriber = subscriber(OtelMetrics::new(&provider.meter("test")));
    with_default(&subscriber, || (0..5).for_each(|_| job("a", Some(2))));
    provider.shutdown().unwrap();
    assert_eq!((collected.all(JOBS).0, collected.all(SIZES)), (5, (5, 10.0)));
}

/// Threads that come and go, and panic, while others collect: each sees at once what it has recorded before.
fn stress(sink: impl MetricSink, sees: impl Fn() -> u64 + Sync) -> u64 {
    const THREADS: u64 = 6;
    const ROUNDS: u64 = 20;
    const EACH: u64 = 25;
    let subscriber = subscriber(sink);
    let (start, recorded) = (Barrier::new(usize::try_from(THREADS).unwrap()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (subscriber, start, sees, recorded) = (&subscriber, &start, &sees, &recorded);
            scope.spawn(move || {
                start.wait();
                for round in 0..ROUNDS {
                    // A thread of its own each time, which may end by a panic.
                    let ends = thread::Builder::new().spawn_scoped(scope, move || {
                        with_default(subscriber, || {
                            for at in 0..EACH {
                                // All share a series, but for one.
                                job(if at == 0 { "other" } else { "shared" }, Some(1));
                                recorded.fetch_add(1, Ordering::SeqCst);
                            }
                            let _open = info_span!("job", kind = "shared", size = 1);
                            recorded.fetch_add(1, Ordering::SeqCst);
                            if round % 4 == 0 {
                                panic::resume_unwind(Box::new(()));
                            }
                        });
                    });
                    let _ = ends.unwrap().join();
                    if (round + number) % 3 == 0 {
                        let before = recorded.load(Ordering::SeqCst) as u64;
                        // Others may be between the end of a span and its count here, or have counted one that is open still.
                        let told = sees();
                        assert!(told + THREADS >= before, "{told} of {before}");
                    }
                }
            });
        }
    });
    assert_eq!(sees(), THREADS * ROUNDS * (EACH + 1));
    THREADS * ROUNDS * (EACH + 1)
}

#[test]
fn threads_that_come_and_go_lose_nothing_in_a_meter_of_two_readers() {
    let (cumulative, builder) = Collected::reader(Temporality::Cumulative, SdkMeterProvider::builder());
    let (delta, builder) = Collected::reader(Temporality::Delta, builder);
    let provider = builder.build();
    let one_at_a_time = Mutex::new(());
    let sees = || {
        let _alone = one_at_a_time.lock().unwrap();
        provider.force_flush().unwrap();
        assert_eq!(cumulative.told(SIZES).len(), delta.told(SIZES).len());
        cumulative.all(SIZES).0
    };
    let all = stress(OtelMetrics::new(&provider.meter("test")), sees);
    for reader in [cumulative, delta] {
        assert_eq!((reader.all(JOBS).0, reader.all(SIZES), reader.all("jobs").0), (all, (all, all as f64), all));
    }
}

#[test]
fn threads_that_come_and_go_lose_nothing_in_a_scrape() {
    let prometheus = Prometheus::new();
    let sum = |name: &str| {
        let body = prometheus.render(None).body;
        let of_kinds = body.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' ')?.1.parse::<u64>().ok());
        of_kinds.sum::<u64>()
    };
    let all = stress(prometheus.clone(), || sum("job_size_count{"));
    assert_eq!([sum("job_duration_seconds_count{"), sum("job_size_sum{"), sum("jobs_total{")], [all; 3]);
}
