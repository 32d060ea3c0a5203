//! Gauges that a callback tells, through every sink.

use std::{
    collections::HashSet,
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
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
