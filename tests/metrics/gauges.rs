//! Gauges that a callback tells, through every sink.

use std::{
    collections::HashSet,
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use llm_span::{
    Gauges, LlmLayer, MetricEvent, Prometheus,
    contract::{Measure, Metric, MetricSet, MetricSets},
};

use super::{
    series::Series,
    support::{Telemetry, expected},
};

const TWINKLE: [&str; 4] = ["sessions", "models", "sampling_sessions", "futures"];

fn gauges(telemetry: &Telemetry) -> Series {
    telemetry.series().into_iter().filter(|(series, _)| series.contains("_active")).collect()
}

#[test]
fn gauges_without_labels_stand_at_0_from_the_start() {
    let telemetry = Telemetry::of_sets(["twinkle", "llm_gateway"]);
    let zeros = TWINKLE.map(|name| (format!("twinkle_{name}_active{{}}"), 0.0));
    assert_eq!(gauges(&telemetry), zeros.into_iter().collect());
}

#[test]
fn a_gauge_says_what_its_callback_says_when_it_is_collected() {
    let telemetry = Telemetry::of_sets(["twinkle"]);
    let sessions = Arc::new(Mutex::new(HashSet::from(["a"])));
    let of = Arc::downgrade(&sessions);
    let count = move || of.upgrade().map_or(0.0, |sessions| sessions.lock().unwrap().len() as f64);
    telemetry.gauges.register("twinkle.sessions.active", [], count).unwrap();
    let active = || telemetry.value("twinkle_sessions_active{}");
    assert_eq!(active(), Some(1.0));
    sessions.lock().unwrap().insert("b");
    assert_eq!(active(), Some(2.0));
    drop(sessions);
    assert_eq!(active(), Some(0.0));
}

#[test]
fn each_set_of_labels_has_a_callback_of_its_own_and_the_last_one_holds() {
    let telemetry = Telemetry::of_sets(["llm_gateway"]);
    let register = |backend: &str, count: f64| {
        telemetry.gauges.register("conversation_active_count", [("backend", backend)], move || count).unwrap();
    };
    register("memory", 3.0);
    register("redis", 5.0);
    register("memory", 4.0);
    let all = expected([("conversation_active_count{backend=memory}", 4.0), ("conversation_active_count{backend=redis}", 5.0)]);
    assert_eq!(gauges(&telemetry), all);
}

#[test]
fn a_callback_that_panics_breaks_no_collection() {
    let telemetry = Telemetry::of_sets(["twinkle"]);
    let works = Arc::new(AtomicBool::new(true));
    let is_well = Arc::clone(&works);
    let value = move || if is_well.load(Ordering::Relaxed) { 7.0 } else { resume_unwind(Box::new("told to")) };
    telemetry.gauges.register("twinkle.models.active", [], value).unwrap();
    telemetry.gauges.register("twinkle.futures.active", [], || 2.0).unwrap();
    let now = || ["models", "futures"].map(|name| telemetry.value(&format!("twinkle_{name}_active{{}}")));
    assert_eq!(now(), [Some(7.0), Some(2.0)]);
    works.store(false, Ordering::Relaxed);
    assert_eq!(now(), [Some(7.0), Some(2.0)], "what it gave last");
}

/// OpenTelemetry's SDK takes no measurement that is not finite.
#[test]
fn what_is_no_number_is_told_to_prometheus_as_it_is() {
    let telemetry = Telemetry::of_sets(["twinkle"]);
    telemetry.gauges.register("twinkle.models.active", [], || f64::NAN).unwrap();
    telemetry.gauges.register("twinkle.futures.active", [], || f64::NEG_INFINITY).unwrap();
    let all = telemetry.sinks.scraped();
    assert!(all["twinkle_models_active{}"].is_nan());
    assert_eq!(all["twinkle_futures_active{}"].to_string(), "-inf");
    assert_eq!(telemetry.sinks.metered().len(), 2, "the others");
}

#[test]
fn a_handle_that_outlives_the_layer_may_still_register() {
    let telemetry = Telemetry::of_sets(["twinkle"]);
    let gauges = telemetry.gauges.clone();
    drop(telemetry);
    gauges.register("twinkle.models.active", [], || 1.0).unwrap();
    let error = gauges.register("twinkle.model.active", [], || 1.0).unwrap_err();
    assert!(error.to_string().contains("did you mean `twinkle.models.active`?"), "{error}");
}

#[test]
fn a_callback_may_collect_by_either_way_and_reads_what_the_gauges_gave_last() {
    let telemetry = Telemetry::of_sets(["twinkle"]);
    let sinks = telemetry.sinks.clone();
    telemetry.gauges.register("twinkle.models.active", [], || 3.0).unwrap();
    let total = move || 1.0 + sinks.scraped().values().sum::<f64>();
    telemetry.gauges.register("twinkle.sessions.active", [], total).unwrap();
    let now = || telemetry.sinks.scraped()["twinkle_sessions_active{}"];
    assert_eq!([now(), now()], [1.0 + 3.0, 1.0 + 3.0 + 4.0]);
}

#[test]
fn a_gauge_that_is_unregistered_is_gone_from_every_sink() {
    let telemetry = Telemetry::of_sets(["llm_gateway"]);
    for backend in ["memory", "redis"] {
        telemetry.gauges.register("conversation_active_count", [("backend", backend)], || 3.0).unwrap();
    }
    assert_eq!(gauges(&telemetry).len(), 2);
    assert_eq!(telemetry.gauges.unregister("conversation_active_count", [("backend", "memory")]), Ok(true));
    assert_eq!(gauges(&telemetry), expected([("conversation_active_count{backend=redis}", 3.0)]));
    assert_eq!(telemetry.gauges.unregister("conversation_active_count", [("backend", "memory")]), Ok(false));
}

#[test]
fn a_gauge_is_registered_by_the_name_that_prometheus_shows() {
    let size = Metric::gauge("cache.size").unit("By").namespace("llm").measure(Measure::Callback).build().unwrap();
    let prometheus = Prometheus::new();
    let sets = MetricSets::from(MetricSet::new("test", [size]).unwrap());
    let layer = LlmLayer::builder().metrics(prometheus.clone()).metric_sets(sets).build();
    layer.gauges().register("llm_cache_size_bytes", [], || 1.0).unwrap();
    assert!(prometheus.render(None).body.contains("\nllm_cache_size_bytes 1\n"));
}

#[test]
fn where_nobody_collects_a_callback_is_refused_for_that_reason() {
    let of_sets = || LlmLayer::builder().metric_sets(MetricSets::named(["twinkle"]).unwrap());
    let register = |gauges: Gauges| gauges.register("twinkle.sessions.active", [], || 1.0).unwrap_err().to_string();
    let told = [of_sets().build(), of_sets().metric_events(|_: &MetricEvent| {}).build()].map(|layer| register(layer.gauges()));
    let expected = "gauge `twinkle.sessions.active` would be told to nobody: the layer has no sink for metrics; add one where it is \
                    built: `LlmLayer::builder().metrics(…)`";
    assert_eq!(told, [expected, expected]);
}
