//! A rule of each kind, on spans that have nothing to do with LLMs.

use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use llm_span::{
    Operation, ReportUsage, Usage, call,
    contract::{Amount, Measure, Metric},
};
use tracing::{field::Empty, info_span, instrument};

use super::support::{Telemetry, expected};

const SECONDS: [f64; 3] = [0.001, 0.1, 10.0];

fn of_jobs(metric: llm_span::contract::MetricBuilder) -> Metric {
    metric.of_spans_named("job").build().unwrap()
}

fn seconds(name: &'static str, measure: Measure) -> Metric {
    of_jobs(Metric::histogram(name, SECONDS).unit("s").measure(measure))
}

/// Lets a little time pass: the clock of spans can't be told to.
fn pass() -> Duration {
    let (started, enough) = (Instant::now(), Duration::from_millis(2));
    while started.elapsed() < enough {
        std::hint::spin_loop();
    }
    started.elapsed()
}

#[instrument(name = "store.get", skip_all, fields(store.backend = backend))]
fn get(backend: &str) {}

#[test]
fn closed_counts_each_span_once_it_has_ended() {
    let rule = Metric::counter("store.operations").of_spans_named("store.get").measure(Measure::Closed).label("store.backend");
    let telemetry = Telemetry::of([rule.build().unwrap()]);
    telemetry.run(|| {
        ["memory", "disk", "memory"].into_iter().for_each(get);
        info_span!("store.put", store.backend = "disk").in_scope(|| ());
        let open = info_span!("store.get", store.backend = "disk");
        let counted = expected([
            ("store_operations_total{store_backend=memory}", 2.0),
            ("store_operations_total{store_backend=disk}", 1.0),
        ]);
        assert_eq!(telemetry.series(), counted);
        drop(open);
    });
    assert_eq!(telemetry.value("store_operations_total{store_backend=disk}"), Some(2.0));
}

#[test]
fn the_times_of_a_span_are_told_apart() {
    let telemetry = Telemetry::of([
        seconds("job.duration", Measure::Duration),
        seconds("job.wait", Measure::Wait),
        seconds("job.execution", Measure::Execution),
        seconds("job.busy", Measure::Busy),
    ]);
    let before = Instant::now();
    let (waited, worked, idle) = telemetry.run(|| {
        let job = info_span!("job");
        let waited = pass();
        let first = job.in_scope(|| {
            // Entered again, from inside: the time is not counted twice.
            job.in_scope(pass)
        });
        let idle = pass();
        (waited, first + job.in_scope(pass), idle)
    });
    let all = before.elapsed();
    let sum = |name: &str| telemetry.value(&format!("job_{name}_seconds_sum{{}}")).unwrap();
    let [duration, wait, execution, busy] = ["duration", "wait", "execution", "busy"].map(sum);
    let all = all.as_secs_f64();
    let [waited, worked, idle] = [waited, worked, idle].map(|time| time.as_secs_f64());
    let is_within = |time: f64, least: f64, most: f64| (least - 1e-9..=most + 1e-9).contains(&time);
    assert!(is_within(duration, waited + worked + idle, all), "{duration} in {all}");
    assert!(is_within(wait, waited, all - worked - idle), "{wait} waited, {waited} at least");
    assert!(is_within(busy, worked, all - waited - idle), "{busy} busy, {worked} at least");
    assert!(is_within(execution, worked + idle, all - waited), "{execution} from the first enter on");
    assert!((duration - wait - execution).abs() < 1e-9, "{duration} is {wait} and {execution}");
    let counts = telemetry.exact();
    assert!(counts.len() == 4 && counts.values().all(|count| *count == 1.0), "{counts:?}");
}

#[test]
fn a_span_that_was_never_entered_has_waited_all_its_time() {
    let telemetry = Telemetry::of([
        seconds("job.duration", Measure::Duration),
        seconds("job.wait", Measure::Wait),
        seconds("job.execution", Measure::Execution),
        seconds("job.busy", Measure::Busy),
    ]);
    telemetry.run(|| drop(info_span!("job")));
    let series = telemetry.series();
    assert_eq!(series.get("job_execution_seconds_count{}"), None);
    assert_eq!(series["job_busy_seconds_sum{}"].to_string(), "0");
    assert!((series["job_wait_seconds_sum{}"] - series["job_duration_seconds_sum{}"]).abs() < 1e-9);
}

#[test]
fn open_and_waiting_go_up_and_down() {
    let telemetry = Telemetry::of([
        of_jobs(Metric::up_down_counter("jobs.open").measure(Measure::Open).label("queue")),
        of_jobs(Metric::up_down_counter("jobs.waiting").measure(Measure::Waiting).label("queue")),
    ]);
    let now = || ["open", "waiting"].map(|name| telemetry.value(&format!("jobs_{name}{{queue=a}}")));
    telemetry.run(|| {
        let jobs = [(); 3].map(|()| info_span!("job", queue = "a"));
        assert_eq!(now(), [Some(3.0), Some(3.0)]);
        let [first, second, third] = jobs;
        first.in_scope(|| assert_eq!(now(), [Some(3.0), Some(2.0)]));
        first.in_scope(|| assert_eq!(now(), [Some(3.0), Some(2.0)], "it waits no more"));
        let clone = second.clone();
        drop(second);
        assert_eq!(now(), [Some(3.0), Some(2.0)], "it is still held");
        drop(clone);
        assert_eq!(now(), [Some(2.0), Some(1.0)]);
        drop((first, third));
        assert_eq!(now(), [Some(0.0), Some(0.0)]);
    });
}

#[test]
fn a_value_is_added_up_distributed_or_the_last() {
    let value = || Measure::Value(Amount::of("job.bytes").or_sum(["job.head", "job.body"]));
    let telemetry = Telemetry::of([
        of_jobs(Metric::counter("job.transferred").unit("By").measure(value())),
        of_jobs(Metric::histogram("job.size", [10.0, 100.0]).unit("By").measure(value())),
        of_jobs(Metric::gauge("job.last_size").unit("By").measure(value())),
    ]);
    telemetry.run(|| {
        info_span!("job", job.bytes = 7_i64);
        info_span!("job", job.bytes = 40_u64);
        info_span!("job", job.bytes = 3_u8, job.head = 1_000, job.body = 1_000);
        info_span!("job", job.head = 100, job.body = 100);
        // Half of a sum, no number, nothing at all: no measurement.
        info_span!("job", job.head = 100);
        info_span!("job", job.bytes = "many");
        info_span!("job");
        let late = info_span!("job", job.bytes = Empty);
        late.record("job.bytes", 50_i64);
    });
    let all = expected([
        ("job_transferred_bytes_total{}", 300.0),
        ("job_size_bytes_bucket{le=10}", 2.0),
        ("job_size_bytes_bucket{le=100}", 4.0),
        ("job_size_bytes_bucket{le=inf}", 5.0),
        ("job_size_bytes_count{}", 5.0),
        ("job_size_bytes_sum{}", 300.0),
        ("job_last_size_bytes{}", 50.0),
    ]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn what_only_grows_takes_nothing_negative_or_broken() {
    let value = || Measure::Value(Amount::of("job.size"));
    let telemetry = Telemetry::of([
        of_jobs(Metric::counter("job.whole").measure(value())),
        of_jobs(Metric::decimal_counter("job.exact").unit("s").measure(value())),
        of_jobs(Metric::gauge("job.size").measure(value())),
    ]);
    let sizes = [2.0, 0.5, -1.0, f64::NAN, f64::INFINITY, -2.5];
    telemetry.run(|| sizes.into_iter().for_each(|size| drop(info_span!("job", job.size = size))));
    let all = expected([("job_whole_total{}", 2.0), ("job_exact_seconds_total{}", 2.5), ("job_size{}", -2.5)]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn costs_are_added_up_without_a_rounding() {
    let cost = Measure::Cost(Amount::of("job.cost"));
    let telemetry = Telemetry::of([of_jobs(Metric::decimal_counter("job.costs").unit("{USD}").measure(cost))]);
    telemetry.run(|| (0..10).for_each(|_| drop(info_span!("job", job.cost = 0.1))));
    assert_eq!(telemetry.value("job_costs_total{}"), Some(1.0));
}

#[test]
fn tokens_of_spans_that_are_no_calls_are_counted_too() {
    let tokens = Measure::Tokens(Amount::of("job.tokens"));
    let telemetry = Telemetry::of([of_jobs(Metric::counter("job.tokens").unit("{token}").measure(tokens))]);
    telemetry.run(|| {
        info_span!("job", job.tokens = 5_i64).in_scope(|| drop(info_span!("job", job.tokens = 7_i64)));
        info_span!("job", job.tokens = -7_i64);
    });
    assert_eq!(telemetry.value("job_tokens_total{}"), Some(12.0));
}

#[derive(Debug)]
struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[test]
fn a_stream_has_a_time_between_each_two_of_its_chunks() {
    let gaps = Metric::histogram("stream.gap", SECONDS).unit("s").measure(Measure::TimePerChunk);
    let duration = Metric::histogram("stream.took", SECONDS).unit("s").measure(Measure::Duration);
    let of_streams = |metric: llm_span::contract::MetricBuilder| metric.of_spans_with("gen_ai.request.stream").build().unwrap();
    let telemetry = Telemetry::of([of_streams(gaps), of_streams(duration)]);
    let play = |chunks: usize| {
        let items = stream::iter(0..chunks).map(|_| {
            pass();
            Chunk
        });
        let all = call(Operation::Chat, "openai", "gpt-4o").stream(items).collect::<Vec<_>>();
        assert_eq!(all.now_or_never().unwrap().len(), chunks);
    };
    telemetry.run(|| [0, 1, 4, 3].into_iter().for_each(play));
    let series = telemetry.series();
    assert_eq!(series["stream_gap_seconds_count{}"].to_string(), "5");
    assert_eq!(series["stream_took_seconds_count{}"].to_string(), "4");
    let (gaps, took) = (series["stream_gap_seconds_sum{}"], series["stream_took_seconds_sum{}"]);
    assert!((5.0 * 0.0019..took).contains(&gaps), "{gaps} of {took}");
}
