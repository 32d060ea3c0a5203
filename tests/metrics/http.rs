//! The metrics of the HTTP conventions, of spans as `llm_span::propagation::ServerLayer` opens them, and as others do.

use tracing::{Span, field::Empty, info_span};

use super::support::{Telemetry, expected};

/// What is known of a request at its beginning; all else is recorded when it ends.
fn request(method: &str, route: Option<&str>) -> Span {
    info_span!(
        "HTTP request",
        otel.name = "HTTP",
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        url.path = "/v1/chat/1",
        url.scheme = "https",
        server.address = "localhost",
        server.port = 8080_i64,
        network.protocol.version = "1.1",
        http.request.body.size = Empty,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        error.type = Empty,
        http.method = method,
        http.status_code = Empty,
    )
}

fn ends(span: &Span, status: Option<i64>, bytes: [i64; 2], error: Option<&str>) {
    span.record("http.response.status_code", status);
    span.record("http.status_code", status);
    span.record("http.request.body.size", bytes[0]);
    span.record("http.response.body.size", bytes[1]);
    span.record("error.type", error);
}

const ROUTED: &str = "http_request_method=POST,http_response_status_code=200,http_route=/v1/chat/{id},network_protocol_version=1.1,\
                      url_scheme=https";
const FAILED: &str = "error_type=500,http_request_method=POST,http_response_status_code=500,http_route=/v1/chat/{id},\
                      network_protocol_version=1.1,url_scheme=https";
const UNMATCHED: &str = "http_request_method=GET,http_response_status_code=404,network_protocol_version=1.1,url_scheme=https";
const LEFT: &str = "error_type=cancelled,http_request_method=GET,network_protocol_version=1.1,url_scheme=https";

#[test]
fn a_request_is_told_with_what_was_recorded_of_it_and_no_path() {
    let telemetry = Telemetry::of_sets(["http"]);
    let chat = || request("POST", Some("/v1/chat/{id}"));
    telemetry.run(|| {
        ends(&chat(), Some(200), [150, 2_000], None);
        ends(&chat(), Some(200), [50, 3_000], None);
        ends(&chat(), Some(500), [7, 9], Some("500"));
        ends(&request("GET", None), Some(404), [0, 20], None);
        ends(&request("GET", None), None, [0, 0], Some("cancelled"));
    });
    let mut all = expected([
        ("http_server_active_requests{http_request_method=GET,url_scheme=https}", 0.0),
        ("http_server_active_requests{http_request_method=POST,url_scheme=https}", 0.0),
    ]);
    for (labels, count, received, sent) in
        [(ROUTED, 2.0, 200.0, 5_000.0), (FAILED, 1.0, 7.0, 9.0), (UNMATCHED, 1.0, 0.0, 20.0), (LEFT, 1.0, 0.0, 0.0)]
    {
        all.insert(format!("http_server_request_duration_seconds_count{{{labels}}}"), count);
        all.insert(format!("http_server_request_body_size_bytes_count{{{labels}}}"), count);
        all.insert(format!("http_server_request_body_size_bytes_sum{{{labels}}}"), received);
        all.insert(format!("http_server_response_body_size_bytes_count{{{labels}}}"), count);
        all.insert(format!("http_server_response_body_size_bytes_sum{{{labels}}}"), sent);
    }
    assert_eq!(telemetry.exact(), all);

    let bucket = |of: &str, bound: &str| {
        let at = ROUTED.find("network_").unwrap();
        let (before, after) = ROUTED.split_at(at);
        telemetry.value(&format!("http_server_{of}_bucket{{{before}le={bound},{after}}}"))
    };
    assert_eq!(["100", "1000"].map(|bound| bucket("request_body_size_bytes", bound)), [Some(1.0), Some(2.0)]);
    assert_eq!(["1000", "10000"].map(|bound| bucket("response_body_size_bytes", bound)), [Some(0.0), Some(2.0)]);
    assert_eq!(["10", "inf"].map(|bound| bucket("request_duration_seconds", bound)), [Some(2.0); 2]);
}

#[test]
fn requests_that_are_being_served_are_counted_until_they_end() {
    let telemetry = Telemetry::of_sets(["http"]);
    let active =
        |method: &str| telemetry.value(&format!("http_server_active_requests{{http_request_method={method},url_scheme=https}}"));
    telemetry.run(|| {
        let (first, second, other) = (request("POST", None), request("POST", Some("/v1/chat/{id}")), request("GET", None));
        assert_eq!((active("POST"), active("GET")), (Some(2.0), Some(1.0)));
        // That the answer is known is not the end: its body is being sent.
        ends(&first, Some(200), [0, 0], None);
        assert_eq!(active("POST"), Some(2.0));
        drop((first, other));
        assert_eq!((active("POST"), active("GET")), (Some(1.0), Some(0.0)));
        drop(second);
    });
    assert_eq!((active("POST"), active("GET")), (Some(0.0), Some(0.0)));
}

#[test]
fn the_older_spelling_is_told_under_the_present_names() {
    let telemetry = Telemetry::of_sets(["http"]);
    telemetry.run(|| {
        info_span!(
            "request",
            otel.kind = "SERVER",
            http.method = "PUT",
            http.scheme = "http",
            http.status_code = 204_i64,
            http.request_content_length = 5_i64,
            http.response_content_length = 0_i64
        );
    });
    let labels = "{http_request_method=PUT,http_response_status_code=204,url_scheme=http}";
    let value = |name: &str| telemetry.value(&format!("http_server_{name}{labels}"));
    assert_eq!(value("request_duration_seconds_count"), Some(1.0));
    assert_eq!(value("request_body_size_bytes_sum"), Some(5.0));
    assert_eq!(value("response_body_size_bytes_count"), Some(1.0));
    assert_eq!(telemetry.value("http_server_active_requests{http_request_method=PUT,url_scheme=http}"), Some(0.0));
}

#[test]
fn requests_that_a_program_sends_are_none_that_it_serves() {
    let telemetry = Telemetry::of_sets(["http"]);
    telemetry.run(|| {
        info_span!("GET", otel.kind = "client", http.request.method = "GET", url.scheme = "https");
        info_span!("request", http.request.method = "GET", url.scheme = "https");
        info_span!("job", otel.kind = "server", url.scheme = "https");
    });
    assert_eq!(telemetry.series(), expected([]));
}

#[test]
fn a_request_is_measured_once_by_each_set_that_names_it() {
    let telemetry = Telemetry::of_sets(["http", "llm_gateway", "twinkle"]);
    telemetry.run(|| ends(&request("POST", Some("/v1/chat/{id}")), Some(200), [150, 2_000], None));
    let value = |series: String| telemetry.value(&series);
    assert_eq!(value(format!("http_server_request_body_size_bytes_sum{{{ROUTED}}}")), Some(150.0));
    assert_eq!(value("http_request_size_bytes_sum{method=POST,path=/v1/chat/{id}}".to_owned()), Some(150.0));
    assert_eq!(value("http_requests_total{method=POST,path=/v1/chat/{id},status=200}".to_owned()), Some(1.0));
    assert_eq!(value("twinkle_http_requests_total{method=POST,status=200}".to_owned()), Some(1.0));
}
