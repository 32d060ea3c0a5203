//! Sets of metrics, chosen by name or one's own, and what can't be active together.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm_span_contract::{Contract, Contracts, Generation, Measure, Metric, MetricKind, MetricSet, MetricSets};

fn metric(set: &str, name: &str) -> Metric {
    MetricSet::named(set).unwrap().metrics().iter().find(|metric| metric.name == name).unwrap().clone()
}

fn closed(name: &'static str) -> Metric {
    Metric::counter(name).of_spans_named("store.get").measure(Measure::Closed).build().unwrap()
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
        "there is no metric set `prometheus`; expected one of `amtp`, `gen_ai`, `gen_ai/g2`, `gen_ai/g3`, `http`, `llama_stack`, \
         `llm_gateway`, `twinkle`, `spanmetrics`, `mcp`, `violations`"
    );
}

#[test]
fn a_list_of_sets_that_is_empty_is_refused() {
    assert_eq!(
        MetricSets::named([]).unwrap_err().to_string(),
        "no metric set is named; expected one of `amtp`, `gen_ai`, `gen_ai/g2`, `gen_ai/g3`, `http`, `llama_stack`, `llm_gateway`, \
         `twinkle`, `spanmetrics`, `mcp`, `violations`, or say `MetricSets::default()` for none"
    );
    assert!(MetricSets::default().metrics().is_empty());
}

#[test]
fn a_built_in_set_says_whose_it_is() {
    let said = MetricSet::NAMES.map(|name| MetricSet::named(name).unwrap().description().to_owned());
    assert!(said.iter().all(|said| said.ends_with('.')), "{said:?}");
    assert_eq!(said.iter().collect::<std::collections::BTreeSet<_>>().len(), said.len());
    assert_eq!(MetricSet::new("ours", [closed("a")]).unwrap().description(), "");
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
    let set = MetricSet::new("ours", [closed("http.requests")]).unwrap();
    assert_eq!(
        MetricSets::new([MetricSet::llm_gateway(), set]).unwrap_err().to_string(),
        "sets `llm_gateway` and `ours`: `http_requests_total` and `http.requests` both read `http_requests_total` in Prometheus; leave one \
         out or rename it"
    );
    assert_eq!(
        MetricSet::new("ours", [closed("a.b"), closed("a_b")]).unwrap_err().to_string(),
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
    let expected =
        "metric `total_tokens`: a gauge can't measure a number of tokens; make it a counter or a histogram: `Metric::counter(…)`";
    assert_eq!(MetricSet::amtp().and(wrong.clone()).unwrap_err().to_string(), expected);
    assert_eq!(MetricSet::new("ours", [wrong]).unwrap_err().to_string(), expected);

    let mut named = metric("amtp", "total_tokens");
    named.name = "bad name\n# TYPE".into();
    assert_eq!(
        MetricSet::amtp().and(named).unwrap_err().to_string(),
        "metric `bad name\\n# TYPE`: \"bad name\\n# TYPE\" is no name of an instrument; expected a letter, then letters, digits, `_`, \
         `.`, `-` and `/`, at most 255 of them"
    );
}

#[test]
fn a_metric_takes_the_place_of_the_one_of_its_name_and_of_no_other() {
    let total = closed("total_tokens");
    let set = MetricSet::amtp().and(total.clone()).unwrap();
    assert_eq!((set.metrics().len(), set.metrics().last()), (4, Some(&total)));
    assert_eq!(
        set.and(closed("total.tokens")).unwrap_err().to_string(),
        "set `amtp`: `total_tokens` and `total.tokens` both read `total_tokens_total` in Prometheus; rename one of them"
    );
}

#[test]
fn a_set_that_comes_alone_has_each_series_once() {
    let refused = MetricSet::new("ours", [closed("a.b")]).unwrap().and(closed("a_b_total")).unwrap_err();
    let expected = "set `ours`: `a.b` and `a_b_total` both read `a_b_total` in Prometheus; rename one of them";
    assert_eq!(refused.to_string(), expected);
    let set = MetricSet::new("ours", [closed("a.b"), closed("a.c")]).unwrap();
    assert_eq!(MetricSets::from(set.clone()), MetricSets::new([set]).unwrap());
    assert_eq!(
        MetricSet::new("ours", [closed("a"), closed("a")]).unwrap_err().to_string(),
        "set `ours`: `a` is there twice; rename one of them"
    );
}

#[test]
fn what_only_open_metrics_could_not_tell_apart_is_refused_too() {
    let open = |name: &'static str| Metric::up_down_counter(name).measure(Measure::Open).build().unwrap();
    let seconds = |name: &'static str| Metric::histogram(name, [1.0]).measure(Measure::Duration).build().unwrap();
    let refused = |one, other| MetricSet::new("ours", [one, other]).unwrap_err().to_string();
    assert_eq!(
        refused(open("a.g"), closed("a_g")),
        "set `ours`: `a.g` and `a_g` both read `a_g` in OpenMetrics, Prometheus' other format, where a counter's name is without `_total`; \
         rename one of them"
    );
    assert!(refused(closed("a_g"), open("a.g")).contains("both read `a_g` in OpenMetrics"));
    // The time of creation is kept free there.
    assert!(refused(closed("a"), open("a.created")).contains("both read `a_created` in OpenMetrics"));
    assert!(refused(seconds("a"), open("a.created")).contains("both read `a_created` in OpenMetrics"));
    assert!(refused(seconds("a"), closed("a.total")).contains("both read `a` in OpenMetrics"));
    assert!(MetricSet::new("ours", [closed("a.g"), open("a.gs"), seconds("a")]).is_ok());
}

#[test]
fn names_that_differ_by_case_alone_are_one_to_opentelemetry() {
    assert_eq!(
        MetricSet::new("ours", [closed("store.Reads"), closed("store.reads")]).unwrap_err().to_string(),
        "set `ours`: `store.Reads` and `store.reads` are one name to OpenTelemetry, which ignores case; rename one of them"
    );
    let ours = MetricSet::new("ours", [closed("Total_tokens")]).unwrap();
    assert!(MetricSets::new([MetricSet::amtp(), ours]).unwrap_err().to_string().contains("`total_tokens` and `Total_tokens`"));
}

#[test]
fn violations_are_counted_beside_any_set_and_never_in_a_series_of_ones_own() {
    let built_in = MetricSet::violations().metrics()[0].clone();
    let of = |metrics: &[Metric]| MetricSets::from(MetricSet::new("ours", metrics.iter().cloned()).unwrap()).with_violations();
    assert_eq!(MetricSets::default().with_violations().metrics(), MetricSet::violations().metrics());
    assert_eq!(of(&[closed("a")]).metrics(), [closed("a"), built_in.clone()]);
    assert_eq!(of(MetricSet::violations().metrics()).with_violations().metrics(), [built_in]);
    for name in ["llm.contract.violations", "llm_contract_violations", "LLM_contract_violations_total"] {
        assert_eq!(of(&[closed(name)]).metrics(), [closed(name)]);
    }
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

    // Of those that read the same in Prometheus, the first holds.
    let one = |name, metric| Contract::amtp().extend(name).metric(closed(metric)).build().unwrap();
    let metrics = MetricSets::of_contracts(&Contracts::from(one("ours", "total.reads")).and(one("theirs", "total_reads")));
    let ours = MetricSet::amtp().and(closed("total.reads")).unwrap();
    assert_eq!(metrics.metrics(), ours.metrics());
}
