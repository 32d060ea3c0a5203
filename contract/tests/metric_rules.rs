//! Metrics of one's own: what the builder takes, and how it refuses.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm_span_contract::{
    Amount, Condition, Contract, Fact, Label, Measure, Metric, MetricBuilder, MetricError, MetricKind, MetricSet, OperationSet,
    Selector, Source, Spans,
};

fn counter() -> MetricBuilder {
    Metric::counter("store.operations").measure(Measure::Closed)
}

fn seconds() -> MetricBuilder {
    Metric::histogram("store.duration", [0.1, 1.0]).unit("s")
}

/// A kind, and what builds a metric of it.
type Kind = (&'static str, fn() -> MetricBuilder);

/// What is said of a metric that is refused, without its name.
fn refused(metric: MetricBuilder) -> String {
    let message = metric.build().unwrap_err().to_string();
    let (name, said) = message.split_once("`: ").unwrap();
    assert!(name.starts_with("metric `"), "{message}");
    said.to_owned()
}

#[test]
fn a_metric_says_what_it_was_told() {
    let metric = Metric::histogram("store.duration", [0.1, 1.0])
        .unit("s")
        .description("How long the store takes.")
        .namespace("shop")
        .of_spans_named("store.get")
        .of_spans_with("store.backend")
        .only_where("store.backend", ["memory", "disk"])
        .only_with("store.key")
        .measure_as(Measure::Busy, [("part", "busy")])
        .label("store.backend")
        .label(Label::new("operation").or(Source::of(Fact::SpanName)).default_to("other"))
        .event("store_duration")
        .build()
        .unwrap();
    assert_eq!(metric.kind, MetricKind::Histogram { boundaries: vec![0.1, 1.0].into() });
    assert_eq!((&*metric.name, &*metric.unit, metric.namespace.as_deref()), ("store.duration", "s", Some("shop")));
    assert_eq!((&*metric.description, metric.event.as_deref()), ("How long the store takes.", Some("store_duration")));
    assert_eq!(metric.points[0].measure, Measure::Busy);
    assert_eq!(metric.points[0].fixed, [("part".into(), "busy".into())]);
    assert_eq!(metric.labels.iter().map(|label| &*label.name).collect::<Vec<_>>(), ["store.backend", "operation"]);
    let conditions = [Condition::one_of("store.backend", ["memory", "disk"]), Condition::recorded("store.key")];
    assert_eq!(metric.spans[0].conditions, conditions);
}

#[test]
fn spans_that_differ_by_their_selectors_alone_are_one_alternative() {
    let metric = counter().of_spans_named("a").of_spans_named("b").of_spans_with("c").build().unwrap();
    assert_eq!(metric.spans.len(), 1);
    let selectors = [Selector::Name("a".into()), Selector::Name("b".into()), Selector::Attribute("c".into())];
    assert_eq!(metric.spans[0].selectors, selectors);

    let streams = Spans::calls(OperationSet::GENERATION).only_where("gen_ai.request.stream", ["true"]);
    let metric = counter().of_spans_named("a").of(streams).of(Spans::with(["b"]).except(["c"])).build().unwrap();
    assert_eq!(metric.spans.len(), 3, "{:?}", metric.spans);
}

#[test]
fn where_no_span_is_named_every_span_is_measured() {
    assert_eq!(counter().build().unwrap().spans, [Spans::all()]);
    // Beside one that means every span, the others are not lost.
    let metric = counter().of(Spans::all()).of_spans_named("a").build().unwrap();
    assert_eq!(metric.spans, [Spans::all(), Spans::named(["a"])]);
}

#[test]
fn calls_are_the_spans_that_a_built_in_contract_is_about() {
    let metric = counter().of_calls(OperationSet::GENERATION).build().unwrap();
    let [spans] = &metric.spans[..] else { unreachable!("one alternative: {:?}", metric.spans) };
    assert_eq!(spans.operations, Some(OperationSet::GENERATION));
    for name in ["amtp", "gen_ai", "gen_ai/g2", "gen_ai/g3"] {
        for selector in Contract::named(name).unwrap().selectors() {
            assert_eq!(spans.selectors.iter().filter(|other| *other == selector).count(), 1, "{selector:?}");
        }
    }
}

#[test]
fn odd_names_are_refused() {
    let named = |name: &'static str| Metric::counter(name).measure(Measure::Closed);
    assert_eq!(refused(named("")), "a metric needs a name; give it one such as `store.operation.duration`");
    let rule = "is no name of an instrument; expected a letter, then letters, digits, `_`, `.`, `-` and `/`, at most 255 of them";
    for name in ["2nd", "a b", "größe", "_hidden", "a\n"] {
        assert_eq!(refused(named(name)), format!("{name:?} {rule}"));
    }
    assert!(refused(Metric::counter("a".repeat(256)).measure(Measure::Closed)).ends_with(rule));
    assert!(Metric::counter("a".repeat(255)).measure(Measure::Closed).build().is_ok());
    assert_eq!(
        refused(counter().namespace("my.shop")),
        "\"my.shop\" is no namespace; expected a letter, then letters, digits and `_`, such as `llm`"
    );
    assert_eq!(refused(counter().event(" ")), "\" \" is no name of an event; expected one such as `prompt_tokens`");
}

#[test]
fn a_unit_is_ucum_or_stands_in_braces() {
    let value = || Metric::counter("store.moved").measure(Measure::Value(Amount::of("store.bytes")));
    for unit in ["", "s", "ms", "By", "By/s", "%", "1", "{token}", "{token}/s", "KiBy", "m2", "10*6/ul"] {
        assert!(value().unit(unit).build().is_ok(), "{unit}");
    }
    for unit in ["per second", "{token", "token}", "{a{b}}", "{}", "€", "s\n", "{a b}"] {
        let expected = "expected UCUM's notation (`s`, `By`, `%`), or in braces what is counted (`{token}`)";
        assert_eq!(refused(counter().unit(unit)), format!("{unit:?} is no unit; {expected}"));
    }
    assert!(counter().unit("a".repeat(64)).build().is_err());
}

#[test]
fn a_word_for_a_unit_is_refused_with_its_symbol() {
    let words = [
        ("bytes", "By"),
        ("Bytes", "By"),
        ("kilobytes", "kBy"),
        ("tokens", "{token}"),
        ("requests", "{request}"),
        ("seconds", "s"),
        ("sec", "s"),
        ("msec", "ms"),
        ("milliseconds", "ms"),
        ("minutes", "min"),
        ("percent", "%"),
        ("USD", "{USD}"),
    ];
    for (word, written) in words {
        let expected = format!("the unit `{word}` is written `{written}` in UCUM; say `.unit(\"{written}\")`");
        assert_eq!(refused(counter().unit(word)), expected);
    }
    assert!(counter().unit("{bytes}").build().is_ok());
}

#[test]
fn buckets_are_finite_and_ascend() {
    let histogram = |bounds: &[f64]| Metric::histogram("h", bounds).measure(Measure::Duration);
    assert_eq!(
        refused(histogram(&[])),
        "a histogram without buckets tells no more than a sum; give it upper bounds, such as `[0.1, 1.0, 10.0]`"
    );
    for bounds in [[1.0, f64::INFINITY], [f64::NAN, 1.0]] {
        assert!(refused(histogram(&bounds)).ends_with("leave it out: one more bucket takes the rest by itself"), "{bounds:?}");
    }
    assert_eq!(refused(histogram(&[0.5, 0.1])), "the bucket bound 0.5 stands before 0.1; sort the bounds, ascending, each once");
    assert_eq!(refused(histogram(&[0.5, 0.5])), "the bucket bound 0.5 stands before 0.5; sort the bounds, ascending, each once");
}

#[test]
fn a_measure_fits_its_kind() {
    let amount = || Amount::of("store.bytes");
    let kinds: [Kind; 5] = [
        ("counter", || Metric::counter("m")),
        ("decimal counter", || Metric::decimal_counter("m")),
        ("up-down counter", || Metric::up_down_counter("m")),
        ("gauge", || Metric::gauge("m")),
        ("histogram", || Metric::histogram("m", [1.0])),
    ];
    let fits = [
        (Measure::Closed, "counter"),
        (Measure::Duration, "decimal counter, histogram"),
        (Measure::Wait, "decimal counter, histogram"),
        (Measure::Execution, "decimal counter, histogram"),
        (Measure::Busy, "decimal counter, histogram"),
        (Measure::Open, "up-down counter"),
        (Measure::Waiting, "up-down counter"),
        (Measure::Tokens(amount()), "counter, histogram"),
        (Measure::Cost(amount()), "decimal counter, histogram"),
        (Measure::Value(amount()), "counter, gauge, histogram"),
        (Measure::TimePerChunk, "histogram"),
        (Measure::Violations, "counter"),
        (Measure::Callback, "gauge"),
    ];
    for (measure, fitting) in fits {
        let builds = kinds.iter().filter(|(_, new)| new().measure(measure.clone()).build().is_ok());
        assert_eq!(builds.map(|(kind, _)| *kind).collect::<Vec<_>>().join(", "), fitting, "{measure:?}");
    }
    assert_eq!(
        refused(Metric::counter("m").measure(Measure::Duration)),
        "a counter can't measure a duration; make it a histogram or a decimal counter: `Metric::histogram(…)`, \
         `Metric::decimal_counter(…)`"
    );
    assert_eq!(
        refused(Metric::gauge("m").measure(Measure::Tokens(amount()))),
        "a gauge can't measure a number of tokens; make it a counter or a histogram: `Metric::counter(…)`"
    );
}

#[test]
fn what_is_measured_is_said_and_said_once() {
    assert_eq!(refused(Metric::counter("m")), "nothing is measured; say what: `.measure(Measure::Duration)`");
    assert_eq!(
        refused(counter().measure(Measure::Closed)),
        "how many spans have ended is measured twice alike; leave one out, or tell them apart by a fixed label"
    );
    let tokens = Measure::Tokens(Amount::of("llm.tokens.prompt"));
    assert_eq!(
        refused(seconds().measure(Measure::Duration).measure(tokens)),
        "a duration and a number of tokens can't be one metric; make it two"
    );
    let parts = seconds().measure_as(Measure::Wait, [("part", "wait")]).measure_as(Measure::Execution, [("part", "run")]);
    assert!(parts.build().is_ok());
    assert_eq!(
        refused(Metric::counter("m").measure(Measure::Value(Amount::of("a").or_sum([] as [&str; 0])))),
        "an attribute's value is the sum of no attributes; name those that it adds up"
    );
    assert_eq!(
        refused(Metric::counter("m").measure(Measure::Value(Amount::of("a b")))),
        "an attribute's value is read from \"a b\", which is no attribute; expected a dotted name such as `store.bytes`"
    );
}

#[test]
fn times_are_seconds() {
    let milliseconds = Metric::histogram("m", [100.0]).unit("ms").measure(Measure::Busy);
    assert_eq!(refused(milliseconds), "a busy time is measured in seconds, not in `ms`; say `.unit(\"s\")`");
    // What an attribute says is in the attribute's own unit.
    assert!(Metric::histogram("m", [100.0]).unit("ms").measure(Measure::Value(Amount::of("store.ms"))).build().is_ok());
}

#[test]
fn only_measurements_of_a_span_at_its_end_are_told_one_by_one() {
    assert!(counter().event("operation").build().is_ok());
    assert_eq!(
        refused(Metric::up_down_counter("m").measure(Measure::Open).event("open")),
        "what is open now is no measurement of a span at its end, which `open` could tell; leave out `.event(…)`"
    );
    assert!(Metric::gauge("m").measure(Measure::Callback).event("active").build().is_err());
}

#[test]
fn spans_that_there_are_none_of_are_refused() {
    assert_eq!(
        refused(counter().of_spans_named("")),
        "it measures spans without a name, which there are none of; give the name of the span"
    );
    assert_eq!(
        refused(counter().of_spans_with("store backend")),
        "spans are chosen by \"store backend\", which is no attribute; expected a dotted name such as `store.backend`"
    );
    assert_eq!(
        refused(counter().only_with("")),
        "spans are chosen by \"\", which is no attribute; expected a dotted name such as `store.backend`"
    );
    assert_eq!(
        refused(counter().of_calls(OperationSet::NONE)),
        "it measures calls of no operation; name one: `OperationSet::GENERATION`"
    );
    assert_eq!(
        refused(counter().only_where("store.backend", ["memory"]).only_where("store.backend", ["disk"])),
        "the conditions on `store.backend` have no value in common; say all its values in one `.only_where(…)`"
    );
    assert!(counter().only_where("k", ["a", "b"]).only_where("k", ["b"]).only_with("k").build().is_ok());
    let mut metric = counter().build().unwrap();
    metric.spans.clear();
    assert_eq!(
        MetricSet::new("ours", [metric]).unwrap_err().to_string(),
        "metric `store.operations`: it measures no span; say which: `.of(Spans::all())` for every one"
    );
}

#[test]
fn what_is_measured_of_no_span_names_none() {
    let why = "what is told by a callback, and violations, are measured of no span; leave out `.of…` and `.only…`";
    assert_eq!(refused(Metric::gauge("m").measure(Measure::Callback).of_spans_named("store.get")), why);
    assert_eq!(refused(Metric::counter("m").measure(Measure::Violations).only_with("store.key")), why);
    let gauge = Metric::gauge("m").measure(Measure::Callback).label(Label::new("backend")).build().unwrap();
    assert_eq!(gauge.spans, []);
    assert_eq!(
        refused(Metric::gauge("m").measure(Measure::Callback).label("backend")),
        "the callback gives label `backend`, no span does; say `.label(Label::new(\"backend\"))`"
    );
}

#[test]
fn a_label_has_a_value() {
    assert_eq!(
        refused(counter().label(Label::new("tier"))),
        "nothing gives label `tier` a value; say where it comes from: `Label::of(\"tier\", [\"attribute\"])`"
    );
    assert!(counter().label(Label::new("tier").default_to("free")).build().is_ok());
    assert_eq!(
        refused(counter().label(Label::from("tier").default_to(""))),
        "the default of label `tier` is empty, which Prometheus takes for no label; leave it out"
    );
    assert_eq!(
        refused(Metric::counter("m").measure_as(Measure::Closed, [("tier", "")])),
        "the fixed label `tier` is empty, which Prometheus takes for no label; leave it out"
    );
    assert_eq!(
        refused(counter().label(Label::new("tier").or(Source::attribute("tier").only([] as [(&str, &str); 0])))),
        "label `tier` takes only what is renamed, and nothing is; name values in `.only([…])`"
    );
    assert_eq!(
        refused(counter().label(Label::new("tier").or(Source::attribute("tier").renamed([("none", "")])))),
        "label `tier` spells `none` as nothing, which Prometheus takes for no label; use `.only([…])` without it"
    );
    assert_eq!(
        refused(counter().label(Label::of("tier", ["a tier"]))),
        "label `tier` is read from \"a tier\", which is no attribute; expected a dotted name such as `store.backend`"
    );
}

#[test]
fn a_label_is_there_once_in_prometheus_too() {
    assert_eq!(
        refused(counter().label("tier").label(Label::of("tier", ["user.tier"]))),
        "label `tier` is there twice; say all its sources in one `Label::of(\"tier\", […])`"
    );
    assert_eq!(
        refused(counter().label("user.tier").label("user_tier")),
        "labels `user.tier` and `user_tier` both read `user_tier` in Prometheus; rename one of them"
    );
    let fixed = |name: &'static str| Metric::counter("m").measure_as(Measure::Closed, [(name, "free")]).label("user.tier");
    assert!(refused(fixed("user.tier")).starts_with("label `user.tier` is there twice"));
    assert!(refused(fixed("user_tier")).starts_with("labels `user.tier` and `user_tier` both read"));
    let twice = Metric::counter("m").measure_as(Measure::Closed, [("a", "1"), ("a", "2")]);
    assert!(refused(twice).starts_with("label `a` is there twice"));
}

#[test]
fn names_of_labels_that_are_taken_are_refused() {
    for name in ["le", "quantile", "__name__", "otel.metric.overflow", "otel_metric_overflow"] {
        let taken = format!("label `{name}` is taken: Prometheus or OpenTelemetry puts its own value there; rename it");
        assert_eq!(refused(counter().label(Label::of(name, ["tier"]))), taken);
        assert_eq!(refused(Metric::counter("m").measure_as(Measure::Closed, [(name, "x")])), taken);
    }
    for name in ["job", "instance"] {
        let overwritten = format!(
            "label `{name}` is overwritten: a scrape puts its own there, and this one reads `exported_{name}` then; give it another name, \
             such as `{name}.name`"
        );
        assert_eq!(refused(counter().label(name)), overwritten);
        assert_eq!(refused(Metric::counter("m").measure_as(Measure::Closed, [(name, "x")])), overwritten);
    }
    assert!(counter().label("job.name").label("instance_id").build().is_ok());
    for name in ["", "a b", "1st", "tier=", "größe"] {
        assert!(refused(counter().label(Label::of(name, ["tier"]))).starts_with(&format!("{name:?} is no name of a label")));
    }
}

#[test]
fn more_than_24_labels_are_too_many() {
    const NAMES: [&str; 25] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x",
        "y",
    ];
    assert!(counter().labels(NAMES[..24].iter().copied()).build().is_ok());
    assert_eq!(refused(counter().labels(NAMES)), "25 labels are too many: each multiplies its series; keep at most 24");
    let fixed = Metric::counter("m").measure_as(Measure::Closed, [("part", "x")]).labels(NAMES[..24].iter().copied());
    assert!(refused(fixed).starts_with("25 labels are too many"));
}

#[test]
fn a_label_asks_what_is_known() {
    let of = |fact: Fact| Label::new("told").or(Source::of(fact));
    assert_eq!(
        refused(counter().label(of(Fact::Finding))),
        "label `told` tells of a finding, of which only `Measure::Violations` knows; leave it out"
    );
    for measure in [Measure::Open, Measure::Waiting] {
        assert_eq!(
            refused(Metric::up_down_counter("m").measure(measure).label(of(Fact::Outcome))),
            "label `told` tells how the span ended, which is not known while it is open; leave it out"
        );
    }
    let violations = || Metric::counter("m").measure(Measure::Violations);
    for fact in [Fact::Contract, Fact::Finding, Fact::FindingAttribute, Fact::SpanName, Fact::Service] {
        assert!(violations().label(of(fact)).build().is_ok());
    }
    for fact in [Fact::Outcome, Fact::Attribute("llm.model".into())] {
        assert_eq!(
            refused(violations().label(of(fact))),
            "label `told` asks what a violation does not tell; expected one of its contract, finding and attribute, the span's name, \
             the service"
        );
    }
}

#[test]
fn an_error_is_an_error() {
    let error: Box<dyn std::error::Error> = Box::<MetricError>::from(Metric::counter("m").build().unwrap_err());
    assert_eq!(error.to_string(), "metric `m`: nothing is measured; say what: `.measure(Measure::Duration)`");
    // A `main` that returns it shows it by `Debug`.
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn a_label_and_a_source_are_an_attribute_s_name() {
    let ours = "tier".to_owned();
    assert_eq!(Label::from(ours), Label::from("tier"));
    assert_eq!(Label::new("tier").or("user.tier").or("tier"), Label::of("tier", ["user.tier", "tier"]));
}
