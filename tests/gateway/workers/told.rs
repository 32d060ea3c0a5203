//! What instances have told the Collector.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use opentelemetry_proto::tonic::metrics::v1::{NumberDataPoint, metric::Data, number_data_point::Value};

use crate::collector::{Collector, Received, Signal, attributes};

/// A value, and when it was so, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) value: f64,
    pub(super) at: u64,
}

pub(super) fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

/// What each instance has told of a metric, export by export, over all its series.
pub(super) fn of(received: &Received, name: &str) -> BTreeMap<String, Vec<Told>> {
    let mut all: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for request in &received.requests {
        if request.message.signal() != Signal::Metrics {
            continue;
        }
        let instance = request.message.resource()["service.instance.id"].clone();
        let alone = Received { requests: vec![request.clone()], ..Received::default() };
        for metric in alone.metrics().into_iter().filter(|metric| metric.name == name) {
            let points = match &metric.data {
                Some(Data::Sum(sum)) => &sum.data_points,
                Some(Data::Gauge(gauge)) => &gauge.data_points,
                other => panic!("{name}: {other:?}"),
            };
            let at = points.iter().map(|point| point.time_unix_nano).max().unwrap_or_default();
            all.entry(instance.clone()).or_default().push(Told { value: points.iter().map(value).sum(), at });
        }
    }
    all
}

/// The sum of what the instances have told last.
pub(super) fn sum(received: &Received, name: &str) -> f64 {
    of(received, name).values().filter_map(|told| told.last()).map(|told| told.value).sum()
}

/// The instances that have sent metrics.
pub(super) fn instances(received: &Received) -> std::collections::BTreeSet<String> {
    let metrics = received.requests.iter().filter(|request| request.message.signal() == Signal::Metrics);
    metrics.map(|request| request.message.resource()["service.instance.id"].clone()).collect()
}

/// Waits until that sum is there; says how it is else.
pub(super) fn wait(collector: &Collector, name: &str, value: f64) {
    let is_there = collector.wait_for(crate::process::FOR_EVER, |received| equal(sum(received, name), value));
    let received = collector.received();
    assert!(is_there, "{name} is not {value}: {:?}", of(&received, name));
}

/// Both are whole numbers.
pub(super) fn equal(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.5
}

fn value(point: &NumberDataPoint) -> f64 {
    assert!(!attributes(&point.attributes).any(|(key, _)| key == "service.instance.id"));
    match point.value {
        Some(Value::AsDouble(value)) => value,
        #[allow(clippy::cast_precision_loss, reason = "a count of a test")]
        Some(Value::AsInt(value)) => value as f64,
        None => 0.0,
    }
}
