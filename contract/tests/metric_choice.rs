//! Sets of metrics, chosen by name or one's own, and what can't be active together.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm_span_contract::{Contract, Contracts, Generation, Measure, Metric, MetricKind, MetricSet, MetricSets};

fn metric(set: &str, name: &str) -> Metric {
    MetricSet::named(set).unwrap().metrics().iter().find(|metric| metric.name == name).unwrap().clone()
}

#[test]
fn built_in_sets_are_found_by_name() {
    assert_eq!(MetricSet::named("gen_ai/g1"), Some(MetricSet::gen_ai(Generation::G1)));
    assert_eq!(MetricSet::named("amtp2"), None);
    assert_eq!(
        MetricSets::named(["llm_gatway"]).unwrap_err().to_string(),
        "there is no metric set `llm_gatway`; did you mean `llm_gateway`?"
    );
    assert_eq!(
        MetricSets::named(["amtp", "prometheus"]).unwrap_err().to_string(),
        "there is no metric set `prometheus`; expected one of `amtp`, `gen_ai`, `gen_ai/g2`, `gen_ai/g3`, `llama_stack`, `llm_gateway`, \
         `twinkle`, `spanmetrics`, `mcp`, `violations`"
    );
}

#[test]
fn all_sets_are_active_together_with_one_generation_of_the_conventions() {
    let names = MetricSet::NAMES.into_iter().filter(|name| !["gen_ai/g2", "gen_ai/g3"].contains(name)).collect::<Vec<_>>();
    let all = MetricSets::named(names.iter().copied()).unwrap();
    let count = names.iter().map(|name| MetricSet::named(name).unwrap().metrics().len()).sum::<usize>();
    assert_eq!(all.metrics().len(), count);
}

#[test]
fn a_metric_that_two_sets_have_alike_is_measured_once() {
    assert_eq!(MetricSets::named(["amtp", "amtp"]).unwrap().metrics().len(), 4);
    let both = MetricSets::named(["gen_ai", "gen_ai/g2"]).unwrap();
    let durations = both.metrics().iter().filter(|metric| metric.name == "gen_ai.client.operation.duration");
    assert_eq!(durations.count(), 1);
}

#[test]
fn two_metrics_of_one_name_are_refused() {
    assert_eq!(
        MetricSets::named(["gen_ai", "gen_ai/g3"]).unwrap_err().to_string(),
        "sets `gen_ai` and `gen_ai/g3`: two metrics that are not the same are named `gen_ai.client.operation.duration`; leave one out or \
         rename it"
    );
    let ours = |name: &'static str| Metric::counter(name).of_spans_named("store.get").measure(Measure::Closed).build().unwrap();
    let set = MetricSet::new("ours", [ours("http.requests")]).unwrap();
    assert_eq!(
        MetricSets::new([MetricSet::llm_gateway(), set]).unwrap_err().to_string(),
        "sets `llm_gateway` and `ours`: `http_requests_total` and `http.requests` both read `http_requests_total` in Prometheus; leave one \
         out or rename it"
    );
    assert_eq!(
        MetricSet::new("ours", [ours("a.b"), ours("a_b")]).unwrap_err().to_string(),
        "set `ours`: `a.b` and `a_b` both read `a_b_total` in Prometheus; rename one of them"
    );
    let sizes = Metric::histogram("sizes", [1.0]).measure(Measure::Duration).build().unwrap();
    let count = Metric::up_down_counter("sizes.count").measure(Measure::Open).build().unwrap();
    assert_eq!(
        MetricSet::new("ours", [sizes, count]).unwrap_err().to_string(),
        "set `ours`: `sizes` and `sizes.count` both read `sizes_count` in Prometheus; rename one of them"
    );
    assert_eq!(MetricSet::new(" ", []).unwrap_err().to_string(), "a set of metrics needs a name: errors speak of it");
}

#[test]
fn a_metric_that_was_changed_to_a_wrong_one_is_refused_among_others() {
    let mut wrong = metric("amtp", "total_tokens");
    wrong.kind = MetricKind::Gauge;
    let set = MetricSet::amtp().and(wrong);
    assert_eq!(set.metrics().len(), 4);
    let expected =
        "metric `total_tokens`: a gauge can't measure a number of tokens; make it a counter or a histogram: `Metric::counter(…)`";
    assert_eq!(MetricSets::new([set]).unwrap_err().to_string(), expected);
}

#[test]
fn a_constant_label_stands_on_every_metric_of_a_set_and_takes_the_place_of_another() {
    let set = MetricSet::twinkle().with_label("deployment", "Gateway").unwrap();
    for metric in set.metrics() {
        assert!(metric.labels.iter().all(|label| label.name != "deployment"), "{}", metric.name);
        for point in &metric.points {
            assert_eq!(point.fixed, [("deployment".into(), "Gateway".into())]);
        }
    }
    assert_eq!(MetricSets::from(set.clone()), MetricSets::new([set]).unwrap());
    assert_eq!(
        MetricSet::amtp().with_label("le", "1").unwrap_err().to_string(),
        "metric `prompt_tokens`: label `le` is taken: Prometheus or OpenTelemetry puts its own value there; rename it"
    );
    assert!(MetricSet::amtp().with_label("llm_model", "gpt-4o").is_err());
}

#[test]
fn contracts_bring_the_metrics_of_their_sets() {
    assert_eq!(Contract::amtp().metrics(), MetricSet::amtp().metrics());
    for generation in Generation::ALL {
        assert_eq!(Contract::gen_ai(generation).metrics(), MetricSet::gen_ai(generation).metrics());
    }
    let both = MetricSets::of_contracts(&Contracts::default());
    assert_eq!(both, MetricSets::named(["amtp", "gen_ai"]).unwrap());
}
