//! The metrics of OpenTelemetry's HTTP conventions for servers. The duration is stable there; requests under way and sizes are not yet.
//!
//! Spans: of kind SERVER with the conventions' attributes, in the present or the older spelling. The conventions give buckets of durations,
//! none of sizes.

use super::common::{BODY_BYTES, HTTP_METHOD, HTTP_STATUS, first_of, http_requests};
use crate::{Amount, Label, Measure, Metric, MetricBuilder, keys};

const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

pub(crate) fn metrics() -> Vec<Metric> {
    let duration = Metric::histogram("http.server.request.duration", SECONDS).unit("s");
    // Counted from the span's creation, when no more than this is known of a request.
    let active = Metric::up_down_counter("http.server.active_requests").unit("{request}");
    vec![
        ended(duration.description("Duration of HTTP requests, as the server sees it.").measure(Measure::Duration)),
        of_requests(active.description("HTTP requests that are being served.").measure(Measure::Open)).finish(),
        size(
            "http.server.request.body.size",
            "Size of the bodies of HTTP requests that were received.",
            first_of(["http.request.body.size", "http.request_content_length"]),
        ),
        size(
            "http.server.response.body.size",
            "Size of the bodies of HTTP responses that were sent.",
            first_of(["http.response.body.size", "http.response_content_length"]),
        ),
    ]
}

fn size(name: &'static str, description: &'static str, amount: Amount) -> Metric {
    let histogram = Metric::histogram(name, BODY_BYTES).unit("By").description(description);
    ended(histogram.measure(Measure::Value(amount)))
}

/// What is known at a request's end. Where no route has matched there is no label: the conventions forbid the path in its place.
fn ended(metric: MetricBuilder) -> Metric {
    let status = Label::of("http.response.status_code", HTTP_STATUS).optional();
    of_requests(metric)
        .label(Label::from(keys::ERROR_TYPE).optional())
        .label(status)
        .labels(["http.route", "network.protocol.version"].map(|label| Label::from(label).optional()))
        .finish()
}

fn of_requests(metric: MetricBuilder) -> MetricBuilder {
    let method = Label::of("http.request.method", HTTP_METHOD);
    metric.of(http_requests()).label(method).label(Label::of("url.scheme", ["url.scheme", "http.scheme"]))
}
