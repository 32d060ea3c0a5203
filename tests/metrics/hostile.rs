//! What is unusual or ill-meant: it breaks neither the program nor the metrics.

use std::{
    fmt,
    panic::resume_unwind,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use llm_span::{
    Announced, IgnoreFindings, LlmLayer, MetricEvent, Operation, Usage, call,
    contract::{Amount, Contracts, Label, Measure, Metric, MetricBuilder, MetricSet, MetricSets, Source},
};
use opentelemetry_sdk::trace::Sampler;
use tracing::{Span, dispatcher, field::Empty, info_span};
use tracing_subscriber::prelude::*;

use super::support::{Sinks, Telemetry, expected};

fn of_jobs(metric: MetricBuilder) -> Metric {
    metric.of_spans_named("job").build().unwrap()
}

fn jobs() -> MetricBuilder {
    Metric::counter("jobs").measure(Measure::Closed)
}

struct Evil;

impl fmt::Debug for Evil {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        resume_unwind(Box::new("told to"))
    }
}

#[test]
fn a_label_whose_debug_form_panics_stops_nobody() {
    let rules: MetricSets = MetricSet::new("test", [of_jobs(jobs().label("kind"))]).unwrap().into();
    // No layer of others beside: they may not bear it.
    let sinks = Sinks::of(&rules);
    let layer = sinks.join(LlmLayer::builder().findings(IgnoreFindings).metric_sets(rules)).build();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || drop(info_span!("job", kind = ?Evil)));
    assert_eq!(sinks.series(), expected([("jobs_total{kind=<panicked>}", 1.0)]));
}

#[test]
fn an_empty_text_is_as_no_label() {
    let telemetry = Telemetry::of([of_jobs(jobs().label("kind").label(Label::from("size").default_to("medium")))]);
    telemetry.run(|| {
        info_span!("job", kind = "", size = "");
        info_span!("job", kind = Empty, size = Empty);
        info_span!("job");
    });
    assert_eq!(telemetry.series(), expected([("jobs_total{size=medium}", 3.0)]));
}

#[test]
fn texts_that_read_the_same_once_they_are_cleaned_are_one_series() {
    let telemetry = Telemetry::of([
        of_jobs(jobs().label("kind")),
        of_jobs(Metric::histogram("job.size", [1.0]).measure(Measure::Value(Amount::of("size"))).label("kind")),
    ]);
    telemetry.run(|| ["a\nb", "a\rb", "a\u{fffd}b"].into_iter().for_each(|kind| drop(info_span!("job", kind, size = 2))));
    let series = telemetry.exact();
    assert_eq!(series.values().map(ToString::to_string).collect::<Vec<_>>(), ["3", "6", "3"], "{series:?}");
}

#[test]
fn what_is_open_stays_where_it_was_counted_though_its_label_comes_later() {
    let telemetry = Telemetry::of([of_jobs(Metric::up_down_counter("jobs.open").measure(Measure::Open).label("kind"))]);
    telemetry.run(|| {
        let known = info_span!("job", kind = "a");
        let late = info_span!("job", kind = Empty);
        late.record("kind", "a");
        known.record("kind", "b");
        assert_eq!(telemetry.series(), expected([("jobs_open{kind=a}", 1.0), ("jobs_open{}", 1.0)]));
    });
    assert_eq!(telemetry.series(), expected([("jobs_open{kind=a}", 0.0), ("jobs_open{}", 0.0)]));
}

#[test]
fn a_call_is_open_until_it_has_ended_whoever_holds_its_span() {
    let open = Metric::up_down_counter("calls.open").of_spans_with("llm.model").measure(Measure::Open).label("llm.model");
    let telemetry = Telemetry::of([open.build().unwrap()]);
    let now = || telemetry.value("calls_open{llm_model=gpt-4o}");
    telemetry.run(|| {
        let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
        let held = guard.span().clone();
        assert_eq!(now(), Some(1.0));
        guard.succeed(Usage::new(1, 1));
        assert_eq!(now(), Some(0.0));
        drop(held);
        assert_eq!(now(), Some(0.0));
    });
}

#[test]
fn more_labels_than_one_key_has_room_for_are_told_all_the_same() {
    const FIRST: [&str; 10] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"];
    const SECOND: [&str; 10] = ["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9"];
    const THIRD: [&str; 10] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"];
    let rule =
        |name: &'static str, keys: [&'static str; 10]| of_jobs(Metric::counter(name).measure(Measure::Closed).labels(keys));
    let telemetry = Telemetry::of([rule("first", FIRST), rule("second", SECOND), rule("third", THIRD)]);
    telemetry.run(|| {
        for i in 0..3 {
            #[rustfmt::skip]
            info_span!("job", a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = i);
        }
        #[rustfmt::skip]
        info_span!("job",
            a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = 2, b0 = 0, b1 = 0, b2 = 0, b3 = 0, b9 = 1,
            c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0, c6 = 0, c7 = 0, c8 = 0, c9 = 3);
    });
    let zeros = |letter: char, until: u8| (0..until).map(|i| format!("{letter}{i}=0")).collect::<Vec<_>>().join(",");
    let all = [
        (format!("first_total{{{},a9=0}}", zeros('a', 9)), 1.0),
        (format!("first_total{{{},a9=1}}", zeros('a', 9)), 1.0),
        (format!("first_total{{{},a9=2}}", zeros('a', 9)), 2.0),
        ("second_total{}".to_owned(), 3.0),
        (format!("second_total{{{},b9=1}}", zeros('b', 4)), 1.0),
        ("third_total{}".to_owned(), 3.0),
        (format!("third_total{{{},c9=3}}", zeros('c', 9)), 1.0),
    ];
    assert_eq!(telemetry.series(), all.into_iter().collect());
}

#[test]
fn a_distribution_takes_no_value_that_is_not_finite() {
    let size = || Measure::Value(Amount::of("size"));
    let telemetry = Telemetry::of([of_jobs(Metric::histogram("job.size", [1.0]).measure(size()))]);
    telemetry.run(|| {
        for size in [f64::NAN, f64::INFINITY, 2.0, f64::NEG_INFINITY] {
            info_span!("job", size);
        }
        info_span!("job", size = "NaN");
    });
    assert_eq!(telemetry.value("job_size_sum{}"), Some(2.0));
    assert_eq!(telemetry.value("job_size_count{}"), Some(1.0));
}

#[test]
fn a_fraction_stays_one_whatever_the_unit() {
    let size = Measure::Value(Amount::of("size"));
    let telemetry = Telemetry::of([of_jobs(Metric::histogram("job.size", [1.0]).unit("{token}").measure(size))]);
    telemetry.run(|| [1.5, -0.5].into_iter().for_each(|size| drop(info_span!("job", size))));
    assert_eq!(telemetry.value("job_size_sum{}"), Some(1.0));
}

#[test]
fn a_listener_that_panics_stops_neither_the_program_nor_the_others() {
    static HEARD: AtomicU32 = AtomicU32::new(0);
    let set = MetricSet::new("test", [of_jobs(jobs().event("job_done"))]).unwrap();
    let layer = LlmLayer::builder().metric_events(|_: &MetricEvent| {
        HEARD.fetch_add(1, Ordering::Relaxed);
        resume_unwind(Box::new("told to"))
    });
    let telemetry = Telemetry::start(Sampler::AlwaysOn, layer, set.into());
    telemetry.run(|| (0..3).for_each(|_| drop(info_span!("job"))));
    assert_eq!((HEARD.load(Ordering::Relaxed), telemetry.events.take().len()), (3, 3));
    assert_eq!(telemetry.value("jobs_total{}"), Some(3.0));
}

#[test]
fn a_span_that_is_entered_on_several_threads_at_once_is_busy_once() {
    let telemetry = Telemetry::of([
        of_jobs(Metric::histogram("job.busy", [1.0]).measure(Measure::Busy)),
        of_jobs(Metric::histogram("job.duration", [1.0]).measure(Measure::Duration)),
    ]);
    let dispatch = telemetry.dispatch();
    let work = |span: &Span| (0..1_000).for_each(|_| span.in_scope(std::hint::spin_loop));
    telemetry.run(|| {
        let job = info_span!("job");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| dispatcher::with_default(&dispatch, || work(&job)));
            }
        });
    });
    let series = telemetry.series();
    let (busy, duration) = (series["job_busy_sum{}"], series["job_duration_sum{}"]);
    assert!(0.0 < busy && busy <= duration, "{busy} of {duration}");
}

#[test]
fn callsites_of_one_name_with_other_fields_are_read_each_by_its_own() {
    let telemetry = Telemetry::of([of_jobs(jobs().labels(["kind", "size"]))]);
    telemetry.run(|| {
        info_span!("job", kind = "a", size = "s");
        info_span!("job", size = "s", kind = "a");
        info_span!("job", other = 1, size = "s");
        info_span!("job", kind = "s");
    });
    let all = expected([("jobs_total{kind=a,size=s}", 2.0), ("jobs_total{size=s}", 1.0), ("jobs_total{kind=s}", 1.0)]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn a_flood_of_texts_hides_none_that_a_rule_names() {
    let stated = Source::attribute("error.type").only([("timeout", "timeout")]);
    let telemetry = Telemetry::of([
        of_jobs(jobs().label(Label::new("status").or(stated).default_to("other"))),
        of_jobs(Metric::counter("jobs.late").measure(Measure::Closed).only_where("error.type", ["timeout", "deadline"])),
    ]);
    telemetry.run(|| {
        (0..10_000).for_each(|i| drop(info_span!("job", error.type = i)));
        info_span!("job", error.type = "timeout");
        info_span!("job", error.type = "deadline");
    });
    let all = expected([("jobs_total{status=other}", 10_001.0), ("jobs_total{status=timeout}", 1.0), ("jobs_late_total{}", 2.0)]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn a_counter_that_was_announced_under_an_odd_name_is_the_one_that_counts() {
    let model = format!("gpt\n{}", "4".repeat(1_000));
    let rule = Metric::counter("calls").of_spans_with("llm.model").measure(Measure::Closed).label("llm.model").build().unwrap();
    let set = MetricSet::new("test", [rule]).unwrap();
    let layer = LlmLayer::builder().contracts(Contracts::none()).announce(Announced::new([("llm.model", model.as_str())]));
    let telemetry = Telemetry::start(Sampler::AlwaysOn, layer, set.into());
    assert_eq!(telemetry.series().into_values().collect::<Vec<_>>(), [0.0]);
    telemetry.run(|| drop(info_span!("ask", llm.model = model)));
    assert_eq!(telemetry.series().into_values().collect::<Vec<_>>(), [1.0]);
}
