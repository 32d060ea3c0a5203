//! Metrics to tell, and what was told of them.

use std::sync::{Arc, Mutex};

use llm_span::{
    Labels, MetricSink, Number, Prometheus, Read, Reader,
    contract::{Contract, Metric, MetricKind},
};

use crate::reader::{read_open_metrics, read_text};

pub(crate) const TEXT: &str = "text/plain";
pub(crate) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0";

/// A metric of which only what Prometheus is told of it matters.
pub(crate) fn metric(name: &'static str, kind: MetricKind, unit: &'static str, description: &'static str) -> Metric {
    let mut metric = Contract::amtp().metrics()[0].clone();
    metric.namespace = None;
    metric.name = name.into();
    metric.kind = kind;
    metric.unit = unit.into();
    metric.description = description.into();
    metric
}

pub(crate) fn counter(name: &'static str) -> Metric {
    metric(name, MetricKind::Counter, "", "Things that are counted.")
}

pub(crate) fn gauge(name: &'static str) -> Metric {
    metric(name, MetricKind::Gauge, "", "How things stand.")
}

pub(crate) fn histogram(name: &'static str, boundaries: &[f64]) -> Metric {
    metric(name, MetricKind::Histogram { boundaries: boundaries.to_vec().into() }, "s", "How long things take.")
}

pub(crate) fn labels(labels: &[(&'static str, &str)]) -> Labels {
    labels.iter().map(|(name, value)| (*name, *value)).collect()
}

/// Values that a test sets.
#[derive(Clone, Default)]
pub(crate) struct Values(Arc<Mutex<Vec<(Labels, Number)>>>);

impl Values {
    pub(crate) fn set(&self, of: &[(&'static str, &str)], value: Number) {
        let mut values = self.0.lock().unwrap();
        values.retain(|(other, _)| *other != labels(of));
        values.push((labels(of), value));
    }
}

impl Read for Values {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        for (labels, value) in self.0.lock().unwrap().iter() {
            each(labels, *value);
        }
    }
}

/// Tells one value of a metric.
pub(crate) fn tell(prometheus: &Prometheus, metric: &Metric, of: &[(&'static str, &str)], value: Number) -> Values {
    let values = Values::default();
    values.set(of, value);
    prometheus.observed(metric, Reader::new(values.clone()));
    values
}

/// What is told in the text format, which was read strictly.
pub(crate) fn text(prometheus: &Prometheus) -> String {
    let body = prometheus.render(Some(TEXT)).body;
    read_text(&body);
    body
}

/// What is told in OpenMetrics, which was read strictly.
pub(crate) fn open_metrics(prometheus: &Prometheus) -> String {
    let told = prometheus.render(Some(OPEN_METRICS));
    assert_eq!(told.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8", "{}", told.body);
    read_open_metrics(&told.body);
    told.body
}

/// The value of a series, with its labels as they stand.
pub(crate) fn value(told: &str, series: &str) -> Option<f64> {
    let line = told.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    line.split(' ').next()?.parse().ok()
}
