//! A sink of one's own, as simple as can be: it shows what a sink is given, and is what the others are held against.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use llm_span::{
    Exemplar, HistogramFamily, HistogramPoint, Labels, MetricSink, Pending, Reader,
    contract::{Metric, MetricKind, Naming},
};

use super::series::{Series, series};

/// Keeps what it is given; clones share it.
#[derive(Clone, Default)]
pub(crate) struct OwnSink {
    kept: Arc<Mutex<Kept>>,
    takes_lots: bool,
}

#[derive(Default)]
struct Kept {
    pending: Vec<Pending>,
    readers: Vec<(String, Reader)>,
    points: Vec<Arc<Point>>,
}

struct Point {
    name: String,
    labels: Labels,
    boundaries: Vec<f64>,
    taken: Mutex<Taken>,
}

/// What a distribution has taken.
#[derive(Clone, Default)]
struct Taken {
    /// Up to each bound; all of them at last.
    counts: Vec<u64>,
    sum: f64,
}

struct Family {
    sink: OwnSink,
    name: String,
    boundaries: Vec<f64>,
}

impl MetricSink for OwnSink {
    fn observed(&self, metric: &Metric, reader: Reader) {
        self.kept.lock().unwrap().readers.push((Naming::Endpoint.metric_name(metric), reader));
    }

    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily> {
        let MetricKind::Histogram { boundaries } = &metric.kind else { panic!("`{}` has no buckets", metric.name) };
        Box::new(Family { sink: self.clone(), name: Naming::Endpoint.metric_name(metric), boundaries: boundaries.to_vec() })
    }

    fn takes_lots(&self, pending: Pending) -> bool {
        self.kept.lock().unwrap().pending.push(pending);
        self.takes_lots
    }
}

impl HistogramFamily for Family {
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint> {
        let (name, labels, boundaries) = (self.name.clone(), labels.clone(), self.boundaries.clone());
        let taken = Mutex::new(Taken { counts: vec![0; boundaries.len() + 1], sum: 0.0 });
        let point = Arc::new(Point { name, labels, boundaries, taken });
        self.sink.kept.lock().unwrap().points.push(Arc::clone(&point));
        Box::new(Shared(point))
    }
}

struct Shared(Arc<Point>);

impl HistogramPoint for Shared {
    fn record(&self, value: f64, exemplar: Option<&Exemplar>) {
        assert_eq!(exemplar, None, "none was asked for");
        let mut taken = self.0.taken.lock().unwrap();
        taken.sum += value;
        // What is no number is below no bound.
        let first = self.0.boundaries.iter().position(|bound| value <= *bound).unwrap_or(self.0.boundaries.len());
        taken.counts[first..].iter_mut().for_each(|count| *count += 1);
    }
}

impl OwnSink {
    /// One that takes values in lots, or has each told at once, and those of the others with it.
    pub(crate) fn new(takes_lots: bool) -> Self {
        Self { takes_lots, ..Self::default() }
    }

    /// What was collected, sums of several layers added up.
    pub(crate) fn series(&self) -> Series {
        let pending = self.kept.lock().unwrap().pending.clone();
        pending.iter().for_each(Pending::hand_over);
        let (readers, points) = {
            let kept = self.kept.lock().unwrap();
            (kept.readers.clone(), kept.points.clone())
        };
        let mut all = Series::new();
        for (name, reader) in readers {
            reader.read(|labels, value| *all.entry(named(&name, labels, None)).or_default() += value.as_f64());
        }
        for point in points {
            let Taken { counts, sum } = point.taken.lock().unwrap().clone();
            let mut add = |suffix: &str, bound: Option<f64>, value: f64| {
                *all.entry(named(&format!("{}{suffix}", point.name), &point.labels, bound)).or_default() += value;
            };
            for (bound, count) in point.boundaries.iter().copied().chain([f64::INFINITY]).zip(&counts) {
                add("_bucket", Some(bound), *count as f64);
            }
            add("_count", None, counts[point.boundaries.len()] as f64);
            add("_sum", None, sum);
        }
        all
    }
}

fn named(name: &str, labels: &Labels, bound: Option<f64>) -> String {
    let labels: BTreeMap<_, _> =
        labels.iter().map(|(name, value)| (Naming::Endpoint.label_name(name).into_owned(), value.to_owned())).collect();
    series(name, labels.into_iter().chain(bound.map(|bound| ("le".to_owned(), bound.to_string()))))
}
