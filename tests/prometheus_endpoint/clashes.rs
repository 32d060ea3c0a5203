//! Metrics and labels that come out under one name.

use llm_span::{MetricSink, Number, Prometheus};

use crate::support::{OPEN_METRICS, counter, gauge, histogram, labels, open_metrics, tell, text};

#[test]
fn labels_that_come_out_alike_are_joined() {
    let prometheus = Prometheus::new();
    tell(&prometheus, &counter("calls"), &[("llm_model", "b"), ("llm.model", "a"), ("empty", "")], Number::Unsigned(1));
    assert!(text(&prometheus).contains("calls_total{llm_model=\"a;b\"} 1\n"));
    open_metrics(&prometheus);
}

#[test]
fn series_that_come_out_alike_add_up() {
    let prometheus = Prometheus::new();
    let values = tell(&prometheus, &counter("calls"), &[("llm.model", "a")], Number::Unsigned(1));
    values.set(&[("llm_model", "a")], Number::Unsigned(2));
    let family = prometheus.histogram(&histogram("time", &[1.0]));
    family.bind(&labels(&[("llm.model", "a")])).record(0.5, None);
    family.bind(&labels(&[("llm_model", "a"), ("empty", "")])).record(0.25, None);
    let told = text(&prometheus);
    assert!(told.contains("calls_total{llm_model=\"a\"} 3\n"), "{told}");
    assert!(told.ends_with("time_seconds_sum{llm_model=\"a\"} 0.75\ntime_seconds_count{llm_model=\"a\"} 2\n"), "{told}");
}

#[test]
fn a_label_of_a_histogram_that_is_named_like_that_of_its_buckets_makes_way() {
    let prometheus = Prometheus::new();
    prometheus.histogram(&histogram("time", &[1.0])).bind(&labels(&[("le", "mine")])).record(0.5, None);
    assert!(text(&prometheus).contains("time_seconds_bucket{exported_le=\"mine\",le=\"1.0\"} 1\n"));
    open_metrics(&prometheus);
}

#[test]
fn metrics_of_one_name_and_kind_are_one_family() {
    let prometheus = Prometheus::new();
    tell(&prometheus, &counter("a.b"), &[("of", "first")], Number::Unsigned(1));
    tell(&prometheus, &counter("a_b_total"), &[("of", "second")], Number::Unsigned(2));
    let told = text(&prometheus);
    assert_eq!(told.matches("# TYPE a_b_total counter").count(), 1, "{told}");
    assert!(told.ends_with("a_b_total{of=\"first\"} 1\na_b_total{of=\"second\"} 2\n"), "{told}");
    open_metrics(&prometheus);
}

#[test]
fn of_metrics_of_one_name_and_several_kinds_the_first_holds_and_a_comment_says_so() {
    let prometheus = Prometheus::new();
    tell(&prometheus, &gauge("a.b"), &[], Number::Double(1.0));
    for other in ["a_b", "a.b"] {
        prometheus.histogram(&histogram(other, &[1.0])).bind(&labels(&[])).record(1.0, None);
    }
    let mut first = histogram("time", &[1.0]);
    first.unit = "".into();
    prometheus.histogram(&first).bind(&labels(&[])).record(1.0, None);
    // A gauge by the name of what a histogram tells.
    tell(&prometheus, &gauge("time.count"), &[], Number::Double(7.0));
    // Two histograms with other buckets.
    let mut other = histogram("time", &[1.0, 2.0]);
    other.unit = "".into();
    prometheus.histogram(&other).bind(&labels(&[])).record(1.0, None);

    let told = text(&prometheus);
    assert!(told.contains("a_b 1\n") && told.contains("a_b_seconds_count 2\n"), "{told}");
    assert!(told.contains("time_count 1\n") && !told.contains("time_count 7") && !told.contains("le=\"2.0\""), "{told}");
    let comments: Vec<_> = told.lines().filter(|line| line.contains("is left out")).collect();
    assert_eq!(comments.len(), 2, "{told}");
    assert!(comments[0].starts_with("# \"time.count\" is left out: `time_count` is the name of another metric"), "{told}");
    assert!(comments[1].starts_with("# \"time\" is left out: `time` is the name of another metric"), "{told}");
    assert!(!open_metrics(&prometheus).contains("left out"), "OpenMetrics has no comments");
    let told: Vec<_> = prometheus.left_out().iter().map(|line| format!("# {line}")).collect();
    assert_eq!(told, comments, "the program is told the same");
}

#[test]
fn the_text_format_is_told_where_open_metrics_has_no_room_for_all() {
    let prometheus = Prometheus::new();
    tell(&prometheus, &counter("tokens"), &[], Number::Unsigned(1));
    assert!(prometheus.render(Some(OPEN_METRICS)).content_type.starts_with("application/openmetrics-text"));
    assert!(prometheus.left_out().is_empty());
    tell(&prometheus, &gauge("tokens"), &[], Number::Double(2.0));
    let told = prometheus.render(Some(OPEN_METRICS));
    assert_eq!(told.content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert!(told.body.contains("tokens 2\n") && told.body.contains("tokens_total 1\n"), "{}", told.body);
    let why = "the format OpenMetrics is left out, and exemplars with it: gauge `tokens` and counter `tokens_total` come out under one \
               name there; rename one of them";
    assert_eq!(prometheus.left_out(), [why]);
    assert!(told.body.ends_with(&format!("# {why}\n")), "{}", told.body);
}
