//! What is written, to the letter.

use llm_span::{MetricSink, Number, Prometheus, contract::MetricKind};

use crate::support::{counter, gauge, histogram, labels, metric, open_metrics, tell, text};

/// One metric of each kind.
fn some() -> Prometheus {
    let prometheus = Prometheus::new();
    let duration = prometheus.histogram(&histogram("http.request.duration", &[0.5, 1.0, 1_000_000.0]));
    let get = duration.bind(&labels(&[("method", "GET")]));
    for value in [0.25, 0.5, 0.75, 2.0, 3_000_000.0] {
        get.record(value, None);
    }
    let requests = tell(&prometheus, &counter("http.requests"), &[("method", "POST")], Number::Unsigned(0));
    requests.set(&[("method", "GET"), ("status", "200")], Number::Unsigned(5));
    tell(&prometheus, &gauge("active"), &[], Number::Double(2.5));
    let cpu = metric("cpu.time", MetricKind::DecimalCounter, "s", "Time of processors.");
    tell(&prometheus, &cpu, &[], Number::Billionths(1_500_000_000));
    tell(&prometheus, &metric("queue.depth", MetricKind::UpDownCounter, "{task}", "Tasks that wait."), &[], Number::Signed(-3));
    prometheus
}

#[test]
fn the_text_format_is_written_to_the_letter() {
    let expected = r#"# HELP active How things stand.
# TYPE active gauge
active 2.5
# HELP cpu_time_seconds_total Time of processors.
# TYPE cpu_time_seconds_total counter
cpu_time_seconds_total 1.5
# HELP http_request_duration_seconds How long things take.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{method="GET",le="0.5"} 2
http_request_duration_seconds_bucket{method="GET",le="1.0"} 3
http_request_duration_seconds_bucket{method="GET",le="1e+06"} 4
http_request_duration_seconds_bucket{method="GET",le="+Inf"} 5
http_request_duration_seconds_sum{method="GET"} 3.0000035e+06
http_request_duration_seconds_count{method="GET"} 5
# HELP http_requests_total Things that are counted.
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 5
http_requests_total{method="POST"} 0
# HELP queue_depth Tasks that wait.
# TYPE queue_depth gauge
queue_depth -3
"#;
    assert_eq!(text(&some()), expected);
    assert_eq!(text(&some()), text(&some()));
}

#[test]
fn open_metrics_names_counters_without_total_and_tells_units_and_its_end() {
    let expected = r#"# HELP active How things stand.
# TYPE active gauge
active 2.5
# HELP cpu_time_seconds Time of processors.
# TYPE cpu_time_seconds counter
# UNIT cpu_time_seconds seconds
cpu_time_seconds_total 1.5
# HELP http_request_duration_seconds How long things take.
# TYPE http_request_duration_seconds histogram
# UNIT http_request_duration_seconds seconds
http_request_duration_seconds_bucket{method="GET",le="0.5"} 2
http_request_duration_seconds_bucket{method="GET",le="1.0"} 3
http_request_duration_seconds_bucket{method="GET",le="1e+06"} 4
http_request_duration_seconds_bucket{method="GET",le="+Inf"} 5
http_request_duration_seconds_sum{method="GET"} 3.0000035e+06
http_request_duration_seconds_count{method="GET"} 5
# HELP http_requests Things that are counted.
# TYPE http_requests counter
http_requests_total{method="GET",status="200"} 5
http_requests_total{method="POST"} 0
# HELP queue_depth Tasks that wait.
# TYPE queue_depth gauge
queue_depth -3
# EOF
"#;
    assert_eq!(open_metrics(&some()), expected);
}

#[test]
fn nothing_kept_is_told_as_nothing() {
    assert_eq!(text(&Prometheus::new()), "");
    assert_eq!(open_metrics(&Prometheus::new()), "# EOF\n");
}

#[test]
fn a_unit_in_the_midst_of_a_name_is_not_told_as_its_unit() {
    let prometheus = Prometheus::new();
    tell(&prometheus, &metric("bytes.read", MetricKind::Counter, "By", "What was read."), &[], Number::Unsigned(1));
    assert_eq!(
        open_metrics(&prometheus),
        "# HELP bytes_read What was read.\n# TYPE bytes_read counter\nbytes_read_total 1\n# EOF\n"
    );
}

#[test]
fn descriptions_and_values_of_labels_are_escaped() {
    let prometheus = Prometheus::new();
    let described = metric("odd", MetricKind::Counter, "", "A \"quoted\" back\\slash\nand a second line.");
    tell(&prometheus, &described, &[("model", "a\\b\"c\nd é")], Number::Unsigned(1));
    let told = text(&prometheus);
    assert!(told.contains("# HELP odd_total A \"quoted\" back\\\\slash\\nand a second line.\n"), "{told}");
    assert!(told.contains("odd_total{model=\"a\\\\b\\\"c\\nd é\"} 1\n"), "{told}");
    let told = open_metrics(&prometheus);
    assert!(told.contains("# HELP odd A \\\"quoted\\\" back\\\\slash\\nand a second line.\n"), "{told}");
    assert!(told.contains("odd_total{model=\"a\\\\b\\\"c\\nd é\"} 1\n"), "{told}");
}

#[test]
fn numbers_that_are_none_and_without_end_are_told() {
    let prometheus = Prometheus::new();
    let values = tell(&prometheus, &gauge("odd"), &[("of", "nan")], Number::Double(f64::NAN));
    values.set(&[("of", "high")], Number::Double(f64::INFINITY));
    values.set(&[("of", "low")], Number::Double(f64::NEG_INFINITY));
    let told = text(&prometheus);
    assert!(told.contains("odd{of=\"high\"} +Inf\nodd{of=\"low\"} -Inf\nodd{of=\"nan\"} NaN\n"), "{told}");
    open_metrics(&prometheus);
}

#[test]
fn a_metric_without_series_is_told_by_name_and_type() {
    let prometheus = Prometheus::new();
    prometheus.histogram(&histogram("never", &[1.0]));
    prometheus.observed(&counter("calls"), llm_span::Reader::new(crate::support::Values::default()));
    let expected = "# HELP calls_total Things that are counted.\n# TYPE calls_total counter\n\
                    # HELP never_seconds How long things take.\n# TYPE never_seconds histogram\n";
    assert_eq!(text(&prometheus), expected);
    open_metrics(&prometheus);
}

#[test]
fn a_histogram_takes_bounds_in_and_values_that_are_none_not_at_all() {
    let prometheus = Prometheus::new();
    // In any order, one twice, the last bucket spelt out: the buckets are what they are.
    let family = prometheus.histogram(&histogram("odd", &[2.0, 1.0, 1.0, f64::INFINITY]));
    let point = family.bind(&labels(&[]));
    for value in [1.0, 2.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        point.record(value, None);
    }
    let told = text(&prometheus);
    let expected = "odd_seconds_bucket{le=\"1.0\"} 2\nodd_seconds_bucket{le=\"2.0\"} 3\nodd_seconds_bucket{le=\"+Inf\"} 3\n\
                    odd_seconds_sum 2\nodd_seconds_count 3\n";
    assert!(told.ends_with(expected), "{told}");
}
