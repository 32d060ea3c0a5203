//! Rules that would measure everything, nothing, or something else than was meant: the builder refuses them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm_span_contract::{Amount, Label, Measure, Metric, MetricBuilder, MetricSet, Operation, OperationSet, Source, Spans};

fn counter() -> MetricBuilder {
    Metric::counter("store.operations").measure(Measure::Closed)
}

/// What is said of a metric that is refused, without its name.
fn refused(metric: MetricBuilder) -> String {
    let message = metric.build().unwrap_err().to_string();
    message.split_once("`: ").unwrap().1.to_owned()
}

/// A list from a configuration that happens to be empty.
const EMPTY: [&str; 0] = [];

#[test]
fn an_empty_list_of_spans_is_not_every_span() {
    let expected = "it measures spans of a list that is empty; name one, or say `Spans::all()` for every one";
    assert_eq!(refused(counter().of(Spans::named(EMPTY))), expected);
    assert_eq!(refused(counter().of(Spans::with(EMPTY))), expected);
    assert_eq!(refused(counter().of(Spans::named(EMPTY).only_with("store.backend"))), expected);
    // Beside others, too.
    assert_eq!(refused(counter().of_spans_named("store.get").of(Spans::named(EMPTY))), expected);
    assert_eq!(refused(counter().of(Spans::named(EMPTY)).of(Spans::with(EMPTY))), expected);
    assert_ne!(Spans::named(EMPTY), Spans::all());
    assert_eq!(counter().of(Spans::default()).build().unwrap().spans, [Spans::all()]);

    let mut emptied = counter().of_spans_named("store.get").build().unwrap();
    emptied.spans[0].selectors.clear();
    assert_eq!(MetricSet::new("ours", [emptied]).unwrap_err().to_string(), format!("metric `store.operations`: {expected}"));
}

#[test]
fn an_empty_list_of_values_is_not_any_value() {
    let expected = "`tenant` must say one of a list of values that is empty; name one, or say `.only_with(\"tenant\")` where any value will do";
    assert_eq!(refused(counter().only_where("tenant", EMPTY)), expected);
    assert_eq!(refused(counter().of(Spans::named(["store.get"]).only_where("tenant", EMPTY))), expected);
    assert_eq!(refused(counter().only_with("tenant").only_where("tenant", EMPTY)), expected);
    assert!(counter().only_with("tenant").build().is_ok());

    let mut emptied = counter().only_where("tenant", ["acme"]).build().unwrap();
    emptied.spans[0].conditions[0].values.clear();
    assert_eq!(MetricSet::new("ours", [emptied]).unwrap_err().to_string(), format!("metric `store.operations`: {expected}"));
}

#[test]
fn conditions_that_never_all_hold_are_refused() {
    let expected = "the conditions on `tier` have no value in common; say all its values in one `.only_where(…)`";
    // Each two of them meet.
    let three = counter().only_where("tier", ["a", "b"]).only_where("tier", ["b", "c"]).only_where("tier", ["a", "c"]);
    assert_eq!(refused(three), expected);
    assert_eq!(refused(counter().of(Spans::all().only_where("tier", ["a"])).only_where("tier", ["b"])), expected);
    let met = counter().only_where("tier", ["a", "b"]).only_where("tier", ["b", "c"]).only_where("tier", ["d", "b"]);
    assert!(met.only_with("tier").only_where("size", ["a"]).build().is_ok());
}

#[test]
fn spans_that_are_named_and_excepted_are_refused() {
    let expected = "it measures spans `store.get`, and excepts them; leave out one of the two";
    assert_eq!(refused(counter().of(Spans::named(["store.get"]).except(["store.get"]))), expected);
    assert_eq!(refused(counter().of(Spans::named(["store.put", "store.get"]).except(["store.get"]))), expected);
    // In another alternative it is another thing.
    let spans = counter().of(Spans::with(["store.backend"]).except(["store.get"])).of_spans_named("store.get");
    assert_eq!(spans.build().unwrap().spans.len(), 2);
}

#[test]
fn a_value_is_spelt_in_one_way() {
    let label = |renames: [(&'static str, &'static str); 2]| Label::new("tier").or(Source::attribute("tier").renamed(renames));
    let expected = "label `tier` says twice how `a` is spelt; leave one out";
    assert_eq!(refused(counter().label(label([("a", "x"), ("a", "y")]))), expected);
    assert_eq!(refused(counter().label(label([("a", "x"), ("a", "x")]))), expected);
    assert!(counter().label(label([("a", "x"), ("b", "x")])).build().is_ok());
}

#[test]
fn a_sum_has_each_attribute_once() {
    let of = |amount: Amount| Metric::counter("moved").measure(Measure::Value(amount));
    let expected = "an attribute's value adds up `n` twice; name each attribute once";
    assert_eq!(refused(of(Amount::of("all").or_sum(["n", "m", "n"]))), expected);
    assert!(of(Amount::of("all").or_sum(["n", "m"]).or("n")).build().is_ok());
}

#[test]
fn a_count_has_no_unit_of_time() {
    let open = |unit: &'static str| Metric::up_down_counter("open").unit(unit).measure(Measure::Open);
    let remedy = "say what is counted, in braces: `.unit(\"{request}\")`";
    assert_eq!(refused(counter().unit("s")), format!("how many spans have ended is a count, and `s` a unit of time; {remedy}"));
    assert_eq!(refused(open("ms")), format!("what is open now is a count, and `ms` a unit of time; {remedy}"));
    let waiting = Metric::up_down_counter("waiting").unit("min").measure(Measure::Waiting);
    assert_eq!(refused(waiting), format!("what waits now is a count, and `min` a unit of time; {remedy}"));
    let tokens = Metric::counter("tokens").unit("h").measure(Measure::Tokens(Amount::of("tokens")));
    assert!(refused(tokens).starts_with("a number of tokens is a count"));
    let violations = Metric::counter("violations").unit("s").measure(Measure::Violations);
    assert!(refused(violations).starts_with("how many violations there were is a count"));
    for unit in ["", "1", "{request}"] {
        assert!(counter().unit(unit).build().is_ok() && open(unit).build().is_ok(), "{unit}");
    }
}

#[test]
fn a_decimal_counter_is_of_money_and_of_seconds() {
    let of = |measure, unit| Metric::decimal_counter("spent").unit(unit).measure(measure).build();
    let value = || Measure::Value(Amount::of("store.spent"));
    assert!(of(value(), "s").is_ok());
    assert!(of(Measure::Duration, "s").is_ok());
    assert!(of(Measure::Cost(Amount::of("store.cost")), "{USD}").is_ok());
    let expected = "metric `spent`: a decimal counter adds up money and seconds, amounts of at most a billion; `Measure::Cost` is for money, \
                    `.unit(\"s\")` for seconds, `Metric::counter(…)` for sizes, and `Metric::histogram(…)` has the sum of anything else";
    for unit in ["By", "", "{USD}", "ms"] {
        assert_eq!(of(value(), unit).unwrap_err().to_string(), expected);
    }
    assert!(of(Measure::Tokens(Amount::of("tokens")), "{token}").is_err());
}

#[test]
fn only_calls_have_a_time_per_chunk() {
    let gaps = || Metric::histogram("gaps", [1.0]).unit("s").measure(Measure::TimePerChunk);
    let expected = "only calls have chunks, and it measures spans that are none; say `.of_calls(OperationSet::GENERATION)`";
    assert_eq!(refused(gaps().of_spans_with("http.route")), expected);
    assert_eq!(refused(gaps().of(Spans::with(["http.route"])).of(Spans::with(["store.backend"]).only_with("size"))), expected);
    assert!(gaps().build().is_ok());
    assert!(gaps().of_calls(OperationSet::of(&[Operation::Chat])).build().is_ok());
    assert!(gaps().of_spans_with("gen_ai.request.stream").build().is_ok());
    // A call may have any name.
    assert!(gaps().of_spans_named("provider.generate_stream").of_spans_with("http.route").build().is_ok());
}
