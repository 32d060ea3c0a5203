//! Layers side by side, layers behind filters, spans that travel between threads.

use std::{sync::mpsc, thread};

use llm_span::{
    CollectFindings, IgnoreFindings, LlmLayer, OtelMetrics, Usage,
    contract::{Amount, Measure, Metric, MetricSet, MetricSets},
    record_usage,
};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{ResourceMetrics, ScopeMetrics},
};
use tracing::{Dispatch, Span, dispatcher, info_span, level_filters::LevelFilter};
use tracing_subscriber::{filter::filter_fn, prelude::*, registry, reload};

use super::support::{Sinks, Telemetry, expected};

fn sets() -> MetricSets {
    let of_jobs = |metric: llm_span::contract::MetricBuilder| metric.of_spans_named("job").label("kind").build().unwrap();
    let metrics = [
        of_jobs(Metric::counter("jobs").measure(Measure::Closed)),
        of_jobs(Metric::up_down_counter("jobs.open").measure(Measure::Open)),
        of_jobs(Metric::up_down_counter("jobs.waiting").measure(Measure::Waiting)),
        of_jobs(Metric::histogram("job.execution", [1.0]).unit("s").measure(Measure::Execution)),
    ];
    MetricSet::new("test", metrics).unwrap().into()
}

fn layer(sinks: &Sinks) -> LlmLayer {
    llm_span::testing::keep_callsites_open();
    sinks.join(LlmLayer::builder().findings(IgnoreFindings).metric_sets(sets())).build()
}

fn jobs() {
    info_span!("job", kind = "a").in_scope(|| ());
    tracing::debug_span!("job", kind = "b").in_scope(|| ());
    info_span!(target: "elsewhere", "job", kind = "a").in_scope(|| ());
}

fn counted(sinks: &Sinks, kind: &str) -> [Option<f64>; 4] {
    let series = sinks.series();
    ["jobs_total", "jobs_open", "jobs_waiting", "job_execution_seconds_count"]
        .map(|name| series.get(&format!("{name}{{kind={kind}}}")).copied())
}

#[test]
fn layers_in_one_registry_count_each_for_itself_and_together_in_a_shared_sink() {
    let sinks = Sinks::of(&sets());
    let alone = Sinks::of(&sets());
    let registry = tracing_subscriber::registry().with(layer(&sinks)).with(layer(&sinks)).with(layer(&alone));
    tracing::subscriber::with_default(registry, || {
        jobs();
        let open = info_span!("job", kind = "a");
        assert_eq!(counted(&sinks, "a"), [Some(4.0), Some(2.0), Some(2.0), Some(4.0)]);
        assert_eq!(counted(&alone, "a"), [Some(2.0), Some(1.0), Some(1.0), Some(2.0)]);
        drop(open);
    });
    assert_eq!(counted(&sinks, "a"), [Some(6.0), Some(0.0), Some(0.0), Some(4.0)]);
    assert_eq!(counted(&sinks, "b"), [Some(2.0), Some(0.0), Some(0.0), Some(2.0)]);
}

#[test]
fn a_filter_of_one_layer_hides_spans_from_that_layer_alone() {
    let [all, infos, here] = [(); 3].map(|()| Sinks::of(&sets()));
    let is_here = filter_fn(|metadata| metadata.target().starts_with(module_path!()));
    let registry = tracing_subscriber::registry()
        .with(layer(&infos).with_filter(LevelFilter::INFO))
        .with(layer(&here).with_filter(is_here))
        .with(layer(&all));
    tracing::subscriber::with_default(registry, jobs);
    let closed = |sinks: &Sinks| ["a", "b"].map(|kind| counted(sinks, kind)[0]);
    assert_eq!(closed(&all), [Some(2.0), Some(1.0)]);
    assert_eq!(closed(&infos), [Some(2.0), None]);
    assert_eq!(closed(&here), [Some(1.0), Some(1.0)]);
}

#[test]
fn a_span_is_measured_wherever_it_is_entered_and_closed() {
    let telemetry = Telemetry::start(opentelemetry_sdk::trace::Sampler::AlwaysOff, LlmLayer::builder(), sets());
    let (send, receive) = mpsc::channel::<Span>();
    let dispatch = telemetry.dispatch();
    telemetry.run(|| (0..100).for_each(|_| send.send(info_span!("job", kind = "a")).unwrap()));
    assert_eq!(counted(&telemetry.sinks, "a"), [None, Some(100.0), Some(100.0), None]);
    drop(send);
    let worker = thread::spawn(move || {
        // Half of them under the dispatcher, the others where there is none.
        for (i, span) in receive.iter().enumerate() {
            let work = || span.in_scope(|| ());
            if i % 2 == 0 { dispatcher::with_default(&dispatch, work) } else { work() }
        }
    });
    worker.join().unwrap();
    assert_eq!(counted(&telemetry.sinks, "a"), [Some(100.0), Some(0.0), Some(0.0), Some(100.0)]);
}

#[test]
fn sums_outlive_the_layer_that_has_counted_them() {
    let sinks = Sinks::of(&sets());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer(&sinks)), jobs);
    let before = sinks.series();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer(&sinks)), jobs);
    assert!(
        before.iter().filter(|(name, _)| name.starts_with("jobs_total")).all(|(name, sum)| sinks.series()[name] == 2.0 * sum)
    );
}

#[test]
fn sums_without_labels_stand_at_0_before_the_first_span() {
    let rules = [
        Metric::counter("jobs").of_spans_named("job").measure(Measure::Closed).build().unwrap(),
        Metric::up_down_counter("jobs.open").of_spans_named("job").measure(Measure::Open).build().unwrap(),
        Metric::histogram("job.duration", [1.0]).of_spans_named("job").measure(Measure::Duration).build().unwrap(),
    ];
    let telemetry = Telemetry::of(rules);
    assert_eq!(telemetry.series(), expected([("jobs_total{}", 0.0), ("jobs_open{}", 0.0)]));
}

#[test]
fn layers_that_share_a_meter_lose_no_sum_beyond_its_bound() {
    let counter = Metric::counter("jobs").of_spans_named("job").measure(Measure::Closed).label("id").build().unwrap();
    let sets = MetricSets::from(MetricSet::new("test", [counter]).unwrap());
    let sinks = Sinks::of(&sets);
    let layers = ["a", "b"].map(|name| {
        let layer = sinks.join(LlmLayer::builder().findings(IgnoreFindings).metric_sets(sets.clone())).build();
        (name, Dispatch::new(registry().with(layer)))
    });
    let mut before = sinks.metered();
    for round in 1..=3 {
        for (name, layer) in &layers {
            dispatcher::with_default(layer, || (0..1_500).for_each(|i| drop(info_span!("job", id = format!("{name}{i}")))));
        }
        let now = sinks.metered();
        assert_eq!((now.len(), now.values().sum::<f64>()), (1_991, 3_000.0 * f64::from(round)));
        let falls = before.iter().find(|(series, value)| now.get(*series).is_none_or(|now| now < value));
        assert_eq!(falls, None);
        before = now;
    }
}

#[test]
fn metrics_of_one_name_and_two_kinds_are_both_exported_through_one_meter() {
    let counter = Metric::counter("load").of_spans_named("job").measure(Measure::Closed).build().unwrap();
    let gauge = Metric::gauge("load").of_spans_named("job").measure(Measure::Value(Amount::of("size"))).build().unwrap();
    let exported = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exported.clone()).build()).build();
    let otel = OtelMetrics::new(&meters.meter("llm"));
    let [counter, gauge] = [counter, gauge].map(|metric| {
        let sets = MetricSets::from(MetricSet::new("test", [metric]).unwrap());
        LlmLayer::builder().findings(IgnoreFindings).metrics(otel.clone()).metric_sets(sets).build()
    });
    tracing::subscriber::with_default(registry().with(counter).with(gauge), || drop(info_span!("job", size = 7)));
    meters.force_flush().unwrap();
    let all = exported.get_finished_metrics().unwrap();
    let metrics = all.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
    let mut told: Vec<_> = metrics.filter(|metric| metric.name() == "load").map(|of| format!("{:?}", of.data())).collect();
    told.sort();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("F64(Gauge(") && told[0].contains("value: 7.0"), "{told:?}");
    assert!(told[1].starts_with("U64(Sum(") && told[1].contains("value: 1,"), "{told:?}");
}

#[test]
fn a_record_outside_of_a_call_is_heard_once_by_every_layer_whatever_stands_around_it() {
    llm_span::testing::keep_callsites_open();
    let sinks = || Sinks::of(&MetricSets::default());
    let heard = |around: &dyn Fn(LlmLayer, LlmLayer) -> Dispatch| {
        let (counts, findings) = (sinks(), CollectFindings::default());
        let first = counts.join(LlmLayer::builder().findings(IgnoreFindings).metric_sets(MetricSets::default())).build();
        let second = LlmLayer::builder().findings(findings.clone()).build();
        dispatcher::with_default(&around(first, second), || record_usage(Usage::new(1, 2)));
        let is_violation = |series: &str| series.contains("finding=recorded-outside-call");
        let counted: f64 = counts.series().iter().filter(|(series, _)| is_violation(series)).map(|(_, value)| value).sum();
        (counted, findings.take().len())
    };
    assert_eq!(heard(&|first, second| registry().with(first).with(second).into()), (1.0, 1));
    assert_eq!(heard(&|first, second| registry().with(vec![first.boxed(), second.boxed()]).into()), (1.0, 1));
    assert_eq!(heard(&|first, second| registry().with(reload::Layer::new(first).0).with(second).into()), (1.0, 1));
    assert_eq!(heard(&|first, second| registry().with(first).with(reload::Layer::new(second).0).into()), (1.0, 1));
    let errors = LevelFilter::ERROR;
    assert_eq!(heard(&|first, second| registry().with(first.with_filter(errors)).with(second).with(errors).into()), (1.0, 1));
    // What hides everything hides the first layer; the outermost one hears all the same.
    let nothing = || filter_fn(|_| false);
    assert_eq!(heard(&|first, second| registry().with(first).with(second).with(nothing()).into()), (0.0, 1));
}
