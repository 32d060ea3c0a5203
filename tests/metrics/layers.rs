//! Layers side by side, layers behind filters, spans that travel between threads.

use std::{sync::mpsc, thread};

use llm_span::{
    IgnoreFindings, LlmLayer,
    contract::{Measure, Metric, MetricSet, MetricSets},
};
use tracing::{Span, dispatcher, info_span, level_filters::LevelFilter};
use tracing_subscriber::{filter::filter_fn, prelude::*};

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
