use std::sync::{
    Weak,
    atomic::{AtomicBool, Ordering},
};

use llm_span_contract::{Label, MetricError, MetricSet};

use super::*;

fn metrics() -> Result<Vec<Metric>, MetricError> {
    let backend = [Label::new("backend"), Label::new("region").default_to("here"), Label::new("shard").optional()];
    Ok(vec![
        Metric::gauge("twinkle.sessions.active").measure(Measure::Callback).build()?,
        Metric::gauge("conversation_active_count").measure(Measure::Callback).labels(backend).build()?,
        Metric::counter("requests").measure(Measure::Closed).build()?,
    ])
}

fn gauges() -> Gauges {
    Gauges::new(&metrics().unwrap())
}

fn read(gauges: &Gauges, name: &str) -> Vec<(String, f64)> {
    let mut values = Vec::new();
    let reader = gauges.reader(name).unwrap();
    reader.read(|labels, value| values.push((format!("{labels:?}"), value.as_f64())));
    values
}

#[test]
fn a_gauge_without_labels_stands_at_0_from_the_start_and_one_with_labels_shows_nothing() {
    let gauges = gauges();
    assert_eq!(read(&gauges, "twinkle.sessions.active"), [("{}".to_owned(), 0.0)]);
    assert_eq!(read(&gauges, "conversation_active_count"), []);
    assert!(gauges.reader("requests").is_none());
}

#[test]
fn labels_are_told_in_the_order_of_the_metric_with_its_defaults() {
    let gauges = gauges();
    gauges.register("conversation_active_count", [("shard", "7"), ("backend", "memory")], || 3.0).unwrap();
    let labels = r#"{"backend": "memory", "region": "here", "shard": "7"}"#;
    assert_eq!(read(&gauges, "conversation_active_count"), [(labels.to_owned(), 3.0)]);
}

#[test]
fn the_last_callback_that_is_registered_for_the_same_labels_holds() {
    let gauges = gauges();
    let one = Arc::new(());
    let held = Arc::clone(&one);
    let first = move || f64::from(u32::try_from(Arc::strong_count(&held)).unwrap());
    gauges.register("conversation_active_count", [("backend", "a"), ("shard", "1")], first).unwrap();
    gauges.clone().register("conversation_active_count", [("shard", "1"), ("backend", "a")], || 5.0).unwrap();
    gauges.register("conversation_active_count", [("backend", "b")], || 6.0).unwrap();
    let values: Vec<_> = read(&gauges, "conversation_active_count").into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, [5.0, 6.0]);
    assert_eq!(Arc::strong_count(&one), 1, "what was replaced is dropped");
}

#[test]
fn a_name_is_taken_as_prometheus_spells_it_with_namespace_and_unit() {
    let size = Metric::gauge("cache.size")
        .unit("By")
        .namespace("llm")
        .measure(Measure::Callback)
        .label(Label::new("cache.name"))
        .build();
    let gauges = Gauges::new(&[metrics().unwrap().remove(0), size.unwrap()]);
    gauges.register("twinkle_sessions_active", [], || f64::INFINITY).unwrap();
    assert_eq!(read(&gauges, "twinkle.sessions.active"), [("{}".to_owned(), f64::INFINITY)]);
    gauges.register("llm_cache_size_bytes", [("cache_name", "first")], || 1.0).unwrap();
    gauges.register("cache.size", [("cache.name", "first")], || 2.0).unwrap();
    assert_eq!(read(&gauges, "cache.size"), [(r#"{"cache.name": "first"}"#.to_owned(), 2.0)]);
    let error = gauges.register("llm_cache_size_byte", [], || 1.0).unwrap_err().to_string();
    assert!(error.contains("did you mean `llm_cache_size_bytes`? there are"), "{error}");
}

#[test]
fn values_of_labels_are_cut_cleaned_and_none_where_they_are_empty_as_those_of_measurements() {
    let gauges = gauges();
    let register = |labels: [(&str, &str); 3]| gauges.register("conversation_active_count", labels, || 1.0);
    register([("backend", "a\0b\r"), ("region", ""), ("shard", "")]).unwrap();
    register([("backend", "é".repeat(5_000).as_str()), ("region", "r"), ("shard", "s")]).unwrap();
    let long = "é".repeat(128);
    let expected = [
        "{\"backend\": \"a\u{fffd}b\u{fffd}\", \"region\": \"here\"}".to_owned(),
        format!(r#"{{"backend": "{long}", "region": "r", "shard": "s"}}"#),
    ];
    let labels: Vec<_> = read(&gauges, "conversation_active_count").into_iter().map(|(labels, _)| labels).collect();
    assert_eq!(labels, expected);
    let error = register([("backend", ""), ("region", "r"), ("shard", "s")]).unwrap_err().to_string();
    assert_eq!(error, "gauge `conversation_active_count`: the label `backend` is empty; it has `backend`, `region`, `shard`");
}

#[test]
fn a_callback_that_is_unregistered_is_dropped_and_tells_nothing_more() {
    let gauges = gauges();
    let held = Arc::new(());
    for (name, labels) in [("twinkle.sessions.active", &[][..]), ("conversation_active_count", &[("backend", "memory")])] {
        let own = Arc::clone(&held);
        let value = move || f64::from(u32::try_from(Arc::strong_count(&own)).unwrap());
        gauges.register(name, labels.iter().copied(), value).unwrap();
        assert_eq!(gauges.unregister(name, labels.iter().copied()), Ok(true));
        assert_eq!(gauges.unregister(name, labels.iter().copied()), Ok(false));
    }
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(read(&gauges, "twinkle.sessions.active"), [("{}".to_owned(), 0.0)]);
    assert_eq!(read(&gauges, "conversation_active_count"), []);
    assert!(gauges.unregister("conversation_active_count", []).is_err());
    assert!(gauges.unregister("conversation_active", []).is_err());
}

#[test]
fn a_callback_that_panics_reads_as_what_it_gave_last() {
    let gauges = gauges();
    let (fails, told) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    for (name, labels) in [("twinkle.sessions.active", &[][..]), ("conversation_active_count", &[("backend", "memory")])] {
        let fails = Arc::clone(&fails);
        let value = move || if fails.load(Ordering::Relaxed) { panic!("told to") } else { 7.0 };
        gauges.register(name, labels.iter().copied(), value).unwrap();
    }
    gauges
        .register("conversation_active_count", [("backend", "other")], {
            let told = Arc::clone(&told);
            move || f64::from(told.fetch_or(true, Ordering::Relaxed))
        })
        .unwrap();
    let values = |name| read(&gauges, name).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    // None was ever given: one without labels is there from the start, the other has nothing to tell.
    assert_eq!((values("twinkle.sessions.active"), values("conversation_active_count")), (vec![0.0], vec![0.0]));
    fails.store(false, Ordering::Relaxed);
    assert_eq!((values("twinkle.sessions.active"), values("conversation_active_count")), (vec![7.0], vec![7.0, 1.0]));
    fails.store(true, Ordering::Relaxed);
    assert_eq!((values("twinkle.sessions.active"), values("conversation_active_count")), (vec![7.0], vec![7.0, 1.0]));
}

#[test]
fn a_callback_may_register_and_collect_and_reads_what_the_others_gave_last() {
    let gauges = gauges();
    let inside = Arc::downgrade(gauges.all.as_ref().unwrap());
    let value = move || {
        let Some(all) = Weak::upgrade(&inside) else { return 0.0 };
        let gauges = Gauges { all: Some(all), may_be_unseen: false };
        let sum = ["twinkle.sessions.active", "conversation_active_count"].map(|name| read(&gauges, name)).concat();
        gauges.register("conversation_active_count", [("backend", "found")], || 2.0).unwrap();
        10.0 + sum.iter().map(|(_, value)| value).sum::<f64>()
    };
    gauges.register("twinkle.sessions.active", [], value).unwrap();
    gauges.register("conversation_active_count", [("backend", "here")], || 5.0).unwrap();
    let told = |name| read(&gauges, name).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    // At first it has given nothing, and stands at 0; the other has no value that could be told.
    let rounds = [(); 2].map(|()| told("twinkle.sessions.active"));
    assert_eq!(rounds.concat(), [10.0, 20.0]);
    assert_eq!(told("conversation_active_count"), [2.0, 5.0]);
    assert_eq!(told("twinkle.sessions.active"), [10.0 + 20.0 + 7.0]);
}

#[test]
fn what_is_wrong_is_told_with_what_there_is() {
    let gauges = gauges();
    let error = |name, labels: &[(&'static str, &'static str)]| {
        gauges.register(name, labels.iter().copied(), || 1.0).unwrap_err().to_string()
    };
    let texts = [
        error("twinkle.session.active", &[]),
        error("requests", &[]),
        error("conversation_active_count", &[]),
        error("conversation_active_count", &[("backend", "a"), ("backnd", "b")]),
        error("conversation_active_count", &[("backnd", "b"), ("shard", "1")]),
        error("conversation_active_count", &[("backend", "a"), ("backend", "b")]),
        error("twinkle.sessions.active", &[("deployment", "d")]),
        Gauges::new(&[]).register("any", [], || 1.0).unwrap_err().to_string(),
        Gauges::default().register("any", [], || 1.0).unwrap_err().to_string(),
    ];
    let there_are = "there are `twinkle.sessions.active`, `conversation_active_count`";
    let it_has = "it has `backend`, `region`, `shard`";
    assert_eq!(
        texts,
        [
            format!(
                "no gauge `twinkle.session.active` is told by a callback; did you mean `twinkle.sessions.active`? {there_are}"
            ),
            format!("no gauge `requests` is told by a callback; {there_are}"),
            format!("gauge `conversation_active_count`: the label `backend` is missing; {it_has}"),
            format!("gauge `conversation_active_count` has no label `backnd`; {it_has}"),
            format!("gauge `conversation_active_count` has no label `backnd`; did you mean `backend`? {it_has}"),
            format!("gauge `conversation_active_count`: the label `backend` is given twice; {it_has}"),
            "gauge `twinkle.sessions.active` has no label `deployment`; it has none".to_owned(),
            "no gauge `any` is told by a callback; the layer has none: choose a set of metrics that has some, or add a rule"
                .to_owned(),
            "gauge `any` would be told to nobody: the layer has no sink for metrics; add one where it is built: \
             `LlmLayer::builder().metrics(…)`"
                .to_owned(),
        ]
    );
    assert_eq!(read(&gauges, "conversation_active_count"), []);
}

#[test]
fn more_label_sets_than_are_told_apart_are_refused() {
    let gauges = gauges();
    let register = |i: usize| gauges.register("conversation_active_count", [("backend", format!("{i}").as_str())], || 1.0);
    assert!((0..MAX_SERIES).all(|i| register(i).is_ok()));
    assert!(register(MAX_SERIES).unwrap_err().to_string().contains("1990 sets of labels already"));
    register(0).unwrap();
}

#[test]
fn labels_that_are_put_on_a_whole_set_are_appended() {
    let set = MetricSet::new("ours", metrics().unwrap()).unwrap().with_label("deployment", "eu-1").unwrap();
    let gauges = Gauges::new(set.metrics());
    assert_eq!(read(&gauges, "twinkle.sessions.active"), [(r#"{"deployment": "eu-1"}"#.to_owned(), 0.0)]);
    gauges.register("twinkle.sessions.active", [], || 4.0).unwrap();
    assert_eq!(read(&gauges, "twinkle.sessions.active"), [(r#"{"deployment": "eu-1"}"#.to_owned(), 4.0)]);
}

#[cfg(feature = "pipeline")]
#[test]
fn what_an_operator_chooses_is_no_error_of_the_program() {
    let nobody = Gauges::default().or_unseen();
    assert_eq!(nobody.register("anything", [], || 1.0), Ok(()), "no sink has metrics");
    let others = Gauges::new(llm_span_contract::MetricSet::llm_gateway().metrics()).or_unseen();
    assert_eq!(others.register("twinkle.sessions.active", [], || 1.0), Ok(()), "another set was chosen");
    assert!(others.register("conversation_active_count", [], || 1.0).is_err(), "it lacks its label");
    assert!(others.register("nobodys", [], || 1.0).is_err(), "no set has it");
}
