//! What comes from outside is bounded: series, and the texts of labels. What is added up stays exact.

use llm_span::{
    LlmLayer,
    contract::{Measure, Metric, MetricSet},
};
use opentelemetry_sdk::trace::Sampler;
use tracing::info_span;

use super::support::Telemetry;

/// So many label sets of a metric are told apart, and one series has the rest.
const MOST: usize = 1_991;

fn jobs() -> Telemetry {
    let rule = Metric::counter("jobs").of_spans_named("job").measure(Measure::Closed).label("kind");
    let set = MetricSet::new("test", [rule.build().unwrap()]).unwrap();
    Telemetry::start(Sampler::AlwaysOff, LlmLayer::builder(), set.into())
}

#[test]
fn the_series_that_were_there_first_are_told_apart_still() {
    let telemetry = jobs();
    let run = |kind: u32| drop(info_span!("job", kind));
    telemetry.run(|| (0..5_000).chain(0..5_000).for_each(run));
    let series = telemetry.series();
    assert_eq!(series.len(), MOST);
    assert_eq!(series["jobs_total{kind=0}"].to_string(), "2");
    assert_eq!(series["jobs_total{otel_metric_overflow=true}"].to_string(), (10_000 - 2 * (MOST - 1)).to_string());
}

#[test]
fn a_text_from_outside_is_cut_and_cleaned() {
    let telemetry = jobs();
    let long = "é".repeat(10_000);
    telemetry.run(|| {
        for kind in
            [long.as_str(), "a\nb\u{0}c\u{7f}\u{85}\u{2028}d", "quoted \"x\" \\n back\\slash", "naïve 模型 🚀", "\u{1b}[31mred"]
        {
            info_span!("job", kind);
        }
    });
    let series = telemetry.series();
    let kinds: Vec<_> = series.keys().map(|series| series.strip_prefix("jobs_total{kind=").unwrap()).collect();
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    assert!(kinds.iter().all(|kind| kind.len() <= 260 && !kind.contains(char::is_control)), "{kinds:?}");
    for kind in ["quoted \"x\" \\n back\\slash}", "naïve 模型 🚀}"] {
        assert!(kinds.contains(&kind), "{kind:?} is not among {kinds:?}");
    }
    assert!(kinds.iter().any(|kind| kind.starts_with("éééé")));
}

#[test]
fn a_text_that_differs_only_behind_the_cut_is_the_same() {
    let telemetry = jobs();
    let start = "x".repeat(1_000);
    telemetry.run(|| (0..10).for_each(|i| drop(info_span!("job", kind = format!("{start}{i}")))));
    let series = telemetry.series();
    assert_eq!((series.len(), series.values().sum::<f64>()), (1, 10.0));
}
