//! The HTTP conventions' server metrics.

use llm_span_contract::{Label, Measure, MetricSet, Naming};

use crate::support::{assert_rows, labels, metric};

#[test]
fn http_has_the_four_server_metrics_of_the_conventions() {
    let ended =
        || labels("http.request.method url.scheme error.type? http.response.status_code? http.route? network.protocol.version?");
    let bytes = "100 1000 10000 100000 1000000 10000000 100000000";
    assert_rows(
        "http",
        &[
            (
                "http.server.request.duration",
                "histogram s",
                ended(),
                "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10",
            ),
            ("http.server.active_requests", "updown {request}", labels("http.request.method url.scheme"), ""),
            ("http.server.request.body.size", "histogram By", ended(), bytes),
            ("http.server.response.body.size", "histogram By", ended(), bytes),
        ],
    );
    let set = MetricSet::http();
    for naming in [Naming::Endpoint, Naming::collector(""), Naming::Otlp] {
        let names = set.metrics().iter().map(|metric| naming.metric_name(metric)).collect::<Vec<_>>();
        let expected = [
            "http_server_request_duration_seconds",
            "http_server_active_requests",
            "http_server_request_body_size_bytes",
            "http_server_response_body_size_bytes",
        ];
        assert_eq!(names, expected, "{naming}");
    }
    assert_eq!(metric("http", "http.server.active_requests").points[0].measure, Measure::Open);
}

/// The conventions forbid the path, and any other text, where no route is known.
#[test]
fn a_route_that_is_not_known_has_no_label_by_the_conventions() {
    for metric in MetricSet::http().metrics().iter().filter(|metric| metric.name != "http.server.active_requests") {
        let route = metric.labels.iter().find(|label| label.name == "http.route").unwrap();
        assert_eq!(*route, Label::from("http.route").optional(), "{}", metric.name);
    }
}

/// A program that has all three names each request for each of them.
#[test]
fn requests_are_the_same_spans_to_the_conventions_to_the_gateway_and_to_twinkle() {
    let spans = |set, name| metric(set, name).spans;
    let conventions = spans("http", "http.server.request.duration");
    assert_eq!(conventions, spans("llm_gateway", "http_request_duration_seconds"));
    assert_eq!(conventions, spans("twinkle", "twinkle.http.request.duration_seconds"));
    assert!(MetricSet::http().metrics().iter().all(|metric| metric.spans == conventions));
}
