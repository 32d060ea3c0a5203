//! Metrics through an OpenTelemetry meter.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use llm_span_contract::{Metric, MetricKind, decimal};
use opentelemetry::{
    KeyValue,
    metrics::{BoundHistogram, Histogram, Meter},
};

use crate::metrics::{CounterReader, DecimalReader, HistogramFamily, HistogramPoint, Labels, MetricSink};

/// Sends the contracts' metrics through an OpenTelemetry meter.
///
/// Counters are observable ones: calls add to cells that threads do not contend for, the meter's reader asks for the sums. They are
/// exact under every sampling rate of spans.
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
    counters: Arc<Mutex<HashMap<String, Readers<CounterReader>>>>,
    decimals: Arc<Mutex<HashMap<String, Readers<DecimalReader>>>>,
}

/// What several layers count by the same name: an observable instrument keeps one value a set of labels, the last it is told.
#[derive(Debug)]
struct Readers<R>(Arc<Mutex<Vec<R>>>);

/// Reads whole numbers by their labels.
trait Read: Clone {
    fn read_each(&self, each: &mut dyn FnMut(&Labels, u64));
}

impl Read for CounterReader {
    fn read_each(&self, each: &mut dyn FnMut(&Labels, u64)) {
        self.read(each);
    }
}

/// In billionths.
impl Read for DecimalReader {
    fn read_each(&self, each: &mut dyn FnMut(&Labels, u64)) {
        self.read_billionths(each);
    }
}

impl OtelMetrics {
    /// Makes the instruments of `meter`.
    pub fn new(meter: &Meter) -> Self {
        Self { meter: meter.clone(), counters: Arc::default(), decimals: Arc::default() }
    }
}

impl MetricSink for OtelMetrics {
    fn counter(&self, metric: &Metric, reader: CounterReader) {
        let Some(readers) = Readers::join(&self.counters, metric, reader) else { return };
        let observe = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
            readers.read(&mut |labels, value| observer.observe(value, &attributes(labels)));
        };
        // The meter keeps the callback for as long as it lives.
        self.meter
            .u64_observable_counter(metric.name.clone())
            .with_unit(metric.unit.clone())
            .with_description(metric.description.clone())
            .with_callback(observe)
            .build();
    }

    fn decimal_counter(&self, metric: &Metric, reader: DecimalReader) {
        let Some(readers) = Readers::join(&self.decimals, metric, reader) else { return };
        let observe = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
            readers.read(&mut |labels, billionths| observer.observe(decimal::amount(billionths), &attributes(labels)));
        };
        self.meter
            .f64_observable_counter(metric.name.clone())
            .with_unit(metric.unit.clone())
            .with_description(metric.description.clone())
            .with_callback(observe)
            .build();
    }

    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily> {
        let boundaries = match &metric.kind {
            MetricKind::Histogram { boundaries } => boundaries.to_vec(),
            _ => Vec::new(),
        };
        let counts_tokens = metric.unit == "{token}";
        if counts_tokens {
            let histogram = self.meter.u64_histogram(metric.name.clone()).with_boundaries(boundaries);
            let histogram = histogram.with_unit(metric.unit.clone()).with_description(metric.description.clone());
            Box::new(Tokens(histogram.build()))
        } else {
            let histogram = self.meter.f64_histogram(metric.name.clone()).with_boundaries(boundaries);
            let histogram = histogram.with_unit(metric.unit.clone()).with_description(metric.description.clone());
            Box::new(Seconds(histogram.build()))
        }
    }
}

impl<R> Clone for Readers<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Read> Readers<R> {
    /// Adds a reader to those of the metric's name; gives them where it is the first, so that an instrument is to be made.
    fn join(all: &Mutex<HashMap<String, Self>>, metric: &Metric, reader: R) -> Option<Self> {
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        let name: &str = metric.name.as_ref();
        if let Some(readers) = all.get(name) {
            readers.0.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            return None;
        }
        let readers = Self(Arc::new(Mutex::new(vec![reader])));
        all.insert(name.to_owned(), readers.clone());
        Some(readers)
    }

    /// Gives each set of labels with the sum of what the readers have for it.
    fn read(&self, each: &mut dyn FnMut(&Labels, u64)) {
        let readers = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let [reader] = &readers[..] {
            return reader.read_each(each);
        }
        let mut sums = HashMap::<Box<Labels>, u64>::new();
        for reader in readers {
            reader.read_each(&mut |labels, value| {
                let sum = sums.entry(labels.into()).or_default();
                *sum = sum.wrapping_add(value);
            });
        }
        for (labels, sum) in &sums {
            each(labels, *sum);
        }
    }
}

struct Tokens(Histogram<u64>);

impl HistogramFamily for Tokens {
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint> {
        Box::new(TokensPoint(self.0.bind(&attributes(labels))))
    }
}

struct TokensPoint(BoundHistogram<u64>);

impl HistogramPoint for TokensPoint {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of tokens are whole and not negative")]
    fn record(&self, value: f64) {
        self.0.record(value as u64);
    }
}

struct Seconds(Histogram<f64>);

impl HistogramFamily for Seconds {
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint> {
        Box::new(SecondsPoint(self.0.bind(&attributes(labels))))
    }
}

struct SecondsPoint(BoundHistogram<f64>);

impl HistogramPoint for SecondsPoint {
    fn record(&self, value: f64) {
        self.0.record(value);
    }
}

fn attributes(labels: &Labels) -> Vec<KeyValue> {
    labels.iter().map(|(name, value)| KeyValue::new(name.clone(), Arc::clone(value))).collect()
}
