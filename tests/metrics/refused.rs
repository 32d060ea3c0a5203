//! A rule that can't be measured, or a set that can't be told apart, is refused: where, what was expected, what to do.

use llm_span::contract::{Amount, Fact, Label, Measure, Metric, MetricBuilder, MetricSet, MetricSets, Source, Spans};

fn why(metric: MetricBuilder) -> String {
    metric.build().unwrap_err().to_string()
}

fn jobs() -> MetricBuilder {
    Metric::counter("jobs").of_spans_named("job")
}

#[track_caller]
fn assert_says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

#[test]
fn a_rule_that_measures_nothing_or_of_nothing_is_refused() {
    assert_says(&why(jobs()), &["metric `jobs`", "nothing is measured", ".measure("]);
    assert_says(&why(jobs().measure(Measure::Value(Amount::of("")))), &["metric `jobs`", "no attribute"]);
    let never = Spans::all().only_where("size", ["s"]).only_where("size", ["l"]);
    assert_says(&why(Metric::counter("jobs").of(never).measure(Measure::Closed)), &["`size`", "no value in common"]);
}

#[test]
fn a_measure_that_does_not_fit_its_instrument_is_refused() {
    let misfits = [
        (jobs().measure(Measure::Open), "Metric::up_down_counter"),
        (jobs().measure(Measure::Duration), "Metric::histogram"),
        (jobs().measure(Measure::Callback), "Metric::gauge"),
        (Metric::up_down_counter("jobs").of_spans_named("job").measure(Measure::Closed), "Metric::counter"),
        (Metric::gauge("jobs").of_spans_named("job").measure(Measure::Waiting), "Metric::up_down_counter"),
        (Metric::decimal_counter("jobs").measure(Measure::TimePerChunk), "Metric::histogram"),
    ];
    for (metric, remedy) in misfits {
        assert_says(&why(metric), &["metric `jobs`", "can't measure", remedy]);
    }
}

#[test]
fn labels_that_nothing_gives_or_that_are_taken_are_refused() {
    let closed = || jobs().measure(Measure::Closed);
    assert_says(&why(closed().label(Label::new("kind"))), &["nothing gives label `kind`"]);
    assert_says(&why(closed().label("job.kind").label("job_kind")), &["job_kind", "rename one"]);
    assert_says(&why(closed().label("le")), &["label `le` is taken"]);
    let ended = Label::new("end").or(Source::of(Fact::Outcome));
    let open = Metric::up_down_counter("jobs").of_spans_named("job").measure(Measure::Open);
    assert_says(&why(open.label(ended)), &["not known while it is open"]);
}

#[test]
fn buckets_that_are_not_sorted_are_refused() {
    let buckets = |bounds: &[f64]| why(Metric::histogram("jobs", bounds).of_spans_named("job").measure(Measure::Duration));
    assert_says(&buckets(&[1.0, 0.5]), &["1 stands before 0.5", "ascending"]);
    assert_says(&buckets(&[]), &["without buckets"]);
    assert_says(&buckets(&[1.0, f64::INFINITY]), &["no upper bound"]);
}

#[test]
fn two_metrics_that_prometheus_could_not_tell_apart_are_refused() {
    let rule = |name: &'static str| Metric::counter(name).of_spans_named("job").measure(Measure::Closed).build().unwrap();
    let error = MetricSet::new("ours", [rule("jobs.done"), rule("jobs_done")]).unwrap_err().to_string();
    assert_says(&error, &["set `ours`", "`jobs.done`", "`jobs_done`", "both read `jobs_done_total`"]);
    let other = Metric::counter("prompt_tokens").of_spans_named("job").measure(Measure::Closed).build().unwrap();
    let error = MetricSets::new([MetricSet::amtp(), MetricSet::new("ours", [other]).unwrap()]).unwrap_err().to_string();
    assert_says(&error, &["sets `amtp` and `ours`", "`prompt_tokens`"]);
}

#[test]
fn an_unknown_set_is_refused_with_the_one_that_was_meant() {
    let error = MetricSets::named(["amtp", "llm_gatway"]).unwrap_err().to_string();
    assert_says(&error, &["`llm_gatway`", "did you mean `llm_gateway`?"]);
}
