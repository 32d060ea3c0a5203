//! The trace of the last value of a bucket.

use std::time::{SystemTime, UNIX_EPOCH};

use llm_span::{Exemplar, MetricSink, Prometheus};

use crate::support::{histogram, labels, open_metrics, text};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn told(values: &[(f64, Exemplar)], prometheus: &Prometheus) -> String {
    let point = prometheus.histogram(&histogram("time", &[1.0, 2.0])).bind(&labels(&[]));
    for (value, exemplar) in values {
        point.record(*value, Some(exemplar));
    }
    open_metrics(prometheus)
}

fn with_exemplars() -> Prometheus {
    Prometheus::builder().exemplars(true).build()
}

#[test]
fn each_bucket_tells_the_span_of_its_last_value() {
    let prometheus = with_exemplars();
    assert!(prometheus.wants_exemplars());
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let told = told(
        &[
            (0.5, Exemplar::new("1".repeat(32), SPAN)),
            (0.25, Exemplar::new(TRACE, SPAN)),
            (5.0, Exemplar::new(TRACE, "c".repeat(16))),
        ],
        &prometheus,
    );
    let lines: Vec<_> = told.lines().filter(|line| line.starts_with("time_seconds_bucket")).collect();
    let (first, at) = lines[0].rsplit_once(' ').unwrap();
    let at: f64 = at.parse().unwrap();
    // To the thousandth.
    assert!(at >= before - 0.001 && at <= before + 3600.0, "{at} is not about {before}");
    assert_eq!(first, format!("time_seconds_bucket{{le=\"1.0\"}} 2 # {{trace_id=\"{TRACE}\",span_id=\"{SPAN}\"}} 0.25"));
    assert_eq!(lines[1], "time_seconds_bucket{le=\"2.0\"} 2");
    let last = format!("time_seconds_bucket{{le=\"+Inf\"}} 3 # {{trace_id=\"{TRACE}\",span_id=\"cccccccccccccccc\"}} 5 ");
    assert!(lines[2].starts_with(&last), "{told}");
    assert!(!text(&prometheus).contains(TRACE), "the text format has no exemplars");
}

#[test]
fn there_is_none_unless_asked_for() {
    let prometheus = Prometheus::new();
    assert!(!prometheus.wants_exemplars());
    assert!(!told(&[(0.5, Exemplar::new(TRACE, SPAN))], &prometheus).contains(TRACE));
}

#[test]
fn there_is_none_without_a_trace_and_none_that_is_too_long() {
    for (trace, span) in [("", SPAN), (&"1".repeat(98), SPAN), (&"ü".repeat(200), "")] {
        let told = told(&[(0.5, Exemplar::new(trace, span))], &with_exemplars());
        assert!(!told.contains(" # "), "{told}");
    }
    // 8 and 97, 7 and 16: the 128 characters that are allowed.
    let told = told(&[(0.5, Exemplar::new("1".repeat(97), SPAN))], &with_exemplars());
    assert!(told.contains(&format!("{{trace_id=\"{}\",span_id=\"{SPAN}\"}}", "1".repeat(97))), "{told}");
}

#[test]
fn a_trace_without_a_span_is_told() {
    let told = told(&[(0.5, Exemplar::new(TRACE, ""))], &with_exemplars());
    assert!(told.contains(&format!("# {{trace_id=\"{TRACE}\"}} 0.5 ")), "{told}");
}
