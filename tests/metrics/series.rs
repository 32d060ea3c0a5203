//! What was collected, by either way, in one form: `name{label=value,…}` and its value.

use std::collections::{BTreeMap, btree_map::Entry};

use llm_span::contract::{Metric, Naming};
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Histogram, MetricData, ResourceMetrics, ScopeMetrics};

/// Each series as Prometheus names it, its labels in alphabetical order. A distribution has a `_count`, a `_sum`, and a `_bucket` for each
/// bound.
pub(crate) type Series = BTreeMap<String, f64>;

/// The name of a series.
pub(crate) fn series<N: AsRef<str>, V: AsRef<str>>(name: &str, labels: impl IntoIterator<Item = (N, V)>) -> String {
    let mut labels: Vec<_> = labels.into_iter().map(|(name, value)| format!("{}={}", name.as_ref(), value.as_ref())).collect();
    labels.sort();
    format!("{name}{{{}}}", labels.join(","))
}

/// What a reader of OpenTelemetry has collected; `metrics` are those that are active.
pub(crate) fn of_meter(exported: &[ResourceMetrics], metrics: &[Metric]) -> Series {
    let mut all = Series::new();
    for metric in exported.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics) {
        let rule = metrics.iter().find(|rule| rule.name == metric.name());
        let rule = rule.unwrap_or_else(|| panic!("`{}` is no metric of the layer", metric.name()));
        assert_eq!((metric.unit(), metric.description()), (rule.unit.as_ref(), rule.description.as_ref()));
        let name = Naming::Endpoint.metric_name(rule);
        match metric.data() {
            AggregatedMetrics::U64(data) => add(&mut all, &name, data, |value| value as f64),
            AggregatedMetrics::I64(data) => add(&mut all, &name, data, |value| value as f64),
            AggregatedMetrics::F64(data) => add(&mut all, &name, data, |value| value),
        }
    }
    all
}

fn add<T: Copy>(all: &mut Series, name: &str, data: &MetricData<T>, number: fn(T) -> f64) {
    match data {
        MetricData::Sum(sum) => sum.data_points().for_each(|point| {
            put(all, series(name, labels(point.attributes())), number(point.value()));
        }),
        MetricData::Gauge(gauge) => gauge.data_points().for_each(|point| {
            put(all, series(name, labels(point.attributes())), number(point.value()));
        }),
        MetricData::Histogram(histogram) => add_histogram(all, name, histogram, number),
        MetricData::ExponentialHistogram(_) => panic!("`{name}` has its own buckets"),
    }
}

fn add_histogram<T: Copy>(all: &mut Series, name: &str, histogram: &Histogram<T>, number: fn(T) -> f64) {
    for point in histogram.data_points() {
        let labels = labels(point.attributes());
        let counts = point.bucket_counts().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        let bounds = point.bounds().map(|bound| bound.to_string()).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(counts) {
            let labels = labels.iter().cloned().chain([("le".to_owned(), bound)]);
            put(all, series(&format!("{name}_bucket"), labels), count as f64);
        }
        put(all, series(&format!("{name}_count"), labels.clone()), point.count() as f64);
        put(all, series(&format!("{name}_sum"), labels), number(point.sum()));
    }
}

fn labels<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Vec<(String, String)> {
    let label =
        |label: &KeyValue| (Naming::Endpoint.label_name(label.key.as_str()).into_owned(), label.value.as_str().into_owned());
    attributes.map(label).collect()
}

fn put(all: &mut Series, series: String, value: f64) {
    match all.entry(series) {
        Entry::Vacant(place) => {
            place.insert(value);
        }
        Entry::Occupied(before) => panic!("{} stands there twice", before.key()),
    }
}

/// What a scrape in the text format says.
pub(crate) fn of_scrape(text: &str) -> Series {
    let mut all = Series::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
        let (labels, rest) = if let Some(rest) = rest.strip_prefix('{') { read_labels(rest) } else { (Vec::new(), rest) };
        let value = rest.trim();
        let value = value.parse().unwrap_or_else(|_| panic!("{value:?} is no number in {line:?}"));
        put(&mut all, series(name, labels), value);
    }
    all
}

/// Labels up to the brace, and what follows it.
fn read_labels(mut text: &str) -> (Vec<(String, String)>, &str) {
    let mut labels = Vec::new();
    loop {
        text = text.trim_start_matches(',');
        if let Some(rest) = text.strip_prefix('}') {
            return (labels, rest);
        }
        let (name, rest) = text.split_once("=\"").unwrap();
        let mut value = String::new();
        let mut chars = rest.char_indices();
        loop {
            match chars.next().unwrap() {
                (at, '"') => {
                    text = &rest[at + 1..];
                    break;
                }
                (_, '\\') => value.push(match chars.next().unwrap().1 {
                    'n' => '\n',
                    other => other,
                }),
                (_, other) => value.push(other),
            }
        }
        labels.push((name.to_owned(), value));
    }
}

/// The bound of a bucket reads alike, however it is written.
pub(crate) fn with_plain_bounds(all: Series) -> Series {
    let plain = |series: String| {
        let Some(at) = series.find("le=") else { return series };
        let (before, rest) = series.split_at(at + 3);
        let (bound, after) = rest.split_at(rest.find([',', '}']).unwrap());
        let bound: f64 = bound.parse().unwrap();
        format!("{before}{bound}{after}")
    };
    all.into_iter().map(|(series, value)| (plain(series), value)).collect()
}
