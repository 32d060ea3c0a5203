//! Twinkle's metrics: its HTTP requests, its task queue, what is active.
//!
//! Spans: of kind SERVER with the HTTP conventions' attributes; `twinkle.task`, or any with `twinkle.task_type`. Twinkle's documents give no
//! buckets; these tell apart requests from milliseconds to a minute, and tasks from milliseconds to an hour.

use super::common::{SERVER, http_method, http_requests, http_status, of_kind};
use crate::{Fact, Label, Measure, Metric, MetricBuilder, Source, Spans, keys};

const HTTP_SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
const TASK_SECONDS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];

pub(crate) fn metrics() -> Vec<Metric> {
    http().into_iter().chain(tasks()).chain(active()).collect()
}

fn http() -> [Metric; 3] {
    let requests =
        Metric::counter("twinkle.http.requests.total").unit("{request}").description("HTTP requests that were served.");
    let duration = Metric::histogram("twinkle.http.request.duration_seconds", HTTP_SECONDS)
        .unit("s")
        .description("Duration of HTTP requests.");
    let rejections = Metric::counter("twinkle.rate_limit.rejections.total")
        .unit("{request}")
        .description("HTTP requests that were rejected by the rate limit.")
        .of(of_kind(Spans::with(["twinkle.rate_limited"]), SERVER).only_where("twinkle.rate_limited", ["true"]));
    let requests = requests.of(http_requests()).measure(Measure::Closed);
    let duration = duration.of(http_requests()).measure(Measure::Duration);
    [
        requests.label(deployment()).label(http_method()).label(http_status()).finish(),
        duration.label(deployment()).label(http_method()).finish(),
        rejections.measure(Measure::Closed).label(deployment()).finish(),
    ]
}

fn tasks() -> [Metric; 4] {
    let of_task = |metric: MetricBuilder| metric.of_spans_named("twinkle.task").of_spans_with("twinkle.task_type");
    let depth = Metric::up_down_counter("twinkle.queue.depth").unit("{task}").description("Tasks that wait in the queue.");
    let seconds = |name, description, measure| {
        let histogram = Metric::histogram(name, TASK_SECONDS).unit("s").description(description);
        of_task(histogram.measure(measure)).label(deployment()).label(task_type()).finish()
    };
    let ended = Metric::counter("twinkle.tasks.total").unit("{task}").description("Tasks that have ended.");
    [
        of_task(depth.measure(Measure::Waiting)).label(deployment()).finish(),
        seconds("twinkle.task.execution_seconds", "Time from a task's start to its end.", Measure::Execution),
        seconds("twinkle.task.wait_seconds", "Time a task has waited in the queue.", Measure::Wait),
        of_task(ended.measure(Measure::Closed)).labels([deployment(), task_type(), task_status()]).finish(),
    ]
}

fn active() -> [Metric; 4] {
    let gauge =
        |name, unit, description| Metric::gauge(name).unit(unit).description(description).measure(Measure::Callback).finish();
    [
        gauge("twinkle.sessions.active", "{session}", "Sessions that are active."),
        gauge("twinkle.models.active", "{model}", "Models that are loaded."),
        gauge("twinkle.sampling_sessions.active", "{session}", "Sampling sessions that are active."),
        gauge("twinkle.futures.active", "{future}", "Futures that are not resolved yet."),
    ]
}

fn deployment() -> Label {
    Label::of("deployment", ["twinkle.deployment", "twinkle.component"])
}

fn task_type() -> Label {
    Label::of("task_type", ["twinkle.task_type"])
}

/// What the task says of itself; a timeout by its error; else how the span ended.
fn task_status() -> Label {
    let stated = [("completed", "completed"), ("failed", "failed"), ("timeout", "timeout")];
    let ended = [("ok", "completed"), ("error", "failed"), ("cancelled", "failed"), ("panic", "failed")];
    Label::new("status")
        .or(Source::attribute("twinkle.task.status").only(stated))
        .or(Source::attribute(keys::ERROR_TYPE).only([("timeout", "timeout")]))
        .or(Source::of(Fact::Outcome).only(ended))
}
