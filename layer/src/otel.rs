//! Metrics through an OpenTelemetry meter.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use llm_span_contract::{Measure, Metric, MetricKind};
use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, BoundHistogram, Histogram, Meter},
};

use crate::metrics::{Exemplar, HistogramFamily, HistogramPoint, Labels, MetricSink, Number, Reader};

/// Sends metrics through an OpenTelemetry meter.
///
/// Counters and gauges are observable ones: calls add to cells that threads do not contend for, the meter's reader asks for the sums.
/// They are exact under every sampling rate of spans.
///
/// Several layers that count into one meter are given clones of one `OtelMetrics`, which adds up what they count. Of two that were made
/// apart for the same meter, the meter would show one's counts and not the other's.
///
/// ```
/// use llm_span::{LlmLayer, OtelMetrics};
/// use opentelemetry::metrics::MeterProvider as _;
///
/// let provider = opentelemetry_sdk::metrics::SdkMeterProvider::builder().build();
/// let meter = provider.meter("llm");
/// let layer = LlmLayer::builder().metrics(OtelMetrics::new(&meter)).build();
/// # drop(layer);
/// ```
#[derive(Clone, Debug)]
pub struct OtelMetrics {
    meter: Meter,
    observed: Arc<Mutex<HashMap<String, Readers>>>,
}

/// What several layers count by the same name: an observable instrument keeps one value a set of labels, the last it is told.
#[derive(Clone, Debug)]
struct Readers(Arc<Mutex<Vec<Reader>>>);

impl OtelMetrics {
    /// Makes the instruments of `meter`.
    pub fn new(meter: &Meter) -> Self {
        Self { meter: meter.clone(), observed: Arc::default() }
    }

    /// Adds a reader to those of the metric's name; gives them where it is the first, so that an instrument is to be made.
    fn join(&self, metric: &Metric, reader: Reader) -> Option<Readers> {
        let mut all = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        let name: &str = metric.name.as_ref();
        if let Some(readers) = all.get(name) {
            readers.0.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            return None;
        }
        let readers = Readers(Arc::new(Mutex::new(vec![reader])));
        all.insert(name.to_owned(), readers.clone());
        Some(readers)
    }
}

/// Builds an observable instrument; the meter keeps its callback for as long as it lives.
macro_rules! observe {
    ($meter:ident . $instrument:ident, $metric:ident, $readers:ident, $value:expr) => {
        $meter
            .$instrument($metric.name.clone())
            .with_unit($metric.unit.clone())
            .with_description($metric.description.clone())
            .with_callback(move |observer: &dyn AsyncInstrument<_>| {
                $readers.read(&mut |labels, number| observer.observe($value(number), &attributes(labels)));
            })
            .build()
    };
}

impl MetricSink for OtelMetrics {
    fn observed(&self, metric: &Metric, reader: Reader) {
        let Some(readers) = self.join(metric, reader) else { return };
        let meter = &self.meter;
        match metric.kind {
            MetricKind::Counter => drop(observe!(meter.u64_observable_counter, metric, readers, unsigned)),
            MetricKind::DecimalCounter => drop(observe!(meter.f64_observable_counter, metric, readers, Number::as_f64)),
            MetricKind::UpDownCounter => drop(observe!(meter.i64_observable_up_down_counter, metric, readers, signed)),
            _ => drop(observe!(meter.f64_observable_gauge, metric, readers, Number::as_f64)),
        }
    }

    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily> {
        let boundaries = match &metric.kind {
            MetricKind::Histogram { boundaries } => boundaries.to_vec(),
            _ => Vec::new(),
        };
        // Another number may be a fraction, or negative, whatever its unit.
        let is_whole = metric.points.iter().all(|point| matches!(point.measure, Measure::Tokens(_)));
        if is_whole {
            let histogram = self.meter.u64_histogram(metric.name.clone()).with_boundaries(boundaries);
            let histogram = histogram.with_unit(metric.unit.clone()).with_description(metric.description.clone());
            Box::new(Whole(histogram.build()))
        } else {
            let histogram = self.meter.f64_histogram(metric.name.clone()).with_boundaries(boundaries);
            let histogram = histogram.with_unit(metric.unit.clone()).with_description(metric.description.clone());
            Box::new(Fractions(histogram.build()))
        }
    }
}

fn unsigned(number: Number) -> u64 {
    match number {
        Number::Unsigned(number) => number,
        _ => 0,
    }
}

fn signed(number: Number) -> i64 {
    match number {
        Number::Signed(number) => number,
        _ => 0,
    }
}

impl Readers {
    /// Gives each set of labels with the sum of what the readers have for it.
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        let readers = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let [reader] = &readers[..] {
            return reader.read(each);
        }
        let mut sums = HashMap::<Labels, Number>::new();
        for reader in readers {
            reader.read(|labels, value| {
                sums.entry(labels.clone()).and_modify(|sum| *sum = sum.plus(value)).or_insert(value);
            });
        }
        for (labels, sum) in &sums {
            each(labels, *sum);
        }
    }
}

struct Whole(Histogram<u64>);

impl HistogramFamily for Whole {
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint> {
        Box::new(WholePoint(self.0.bind(&attributes(labels))))
    }
}

struct WholePoint(BoundHistogram<u64>);

impl HistogramPoint for WholePoint {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of tokens are whole and not negative")]
    fn record(&self, value: f64, _: Option<&Exemplar>) {
        self.0.record(value as u64);
    }
}

struct Fractions(Histogram<f64>);

impl HistogramFamily for Fractions {
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint> {
        Box::new(FractionsPoint(self.0.bind(&attributes(labels))))
    }
}

struct FractionsPoint(BoundHistogram<f64>);

impl HistogramPoint for FractionsPoint {
    fn record(&self, value: f64, _: Option<&Exemplar>) {
        self.0.record(value);
    }
}

fn attributes(labels: &Labels) -> Vec<KeyValue> {
    labels.parts().iter().map(|(name, value)| KeyValue::new(name.clone(), Arc::clone(value))).collect()
}
