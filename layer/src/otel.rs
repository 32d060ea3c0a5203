//! Metrics through an OpenTelemetry meter.

mod merged;

use std::{
    collections::HashMap,
    mem::{Discriminant, discriminant},
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use llm_span_contract::{Measure, Metric, MetricKind};
use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, BoundHistogram, Histogram, Meter},
};

use self::merged::Merged;
use crate::metrics::{AllPending, Exemplar, HistogramFamily, HistogramPoint, Labels, MetricSink, Number, Pending, Reader};

/// Sends metrics through an OpenTelemetry meter.
///
/// Counters and gauges are observable ones: calls add to cells that threads do not contend for, the meter's reader asks for the sums.
/// They are exact under every sampling rate of spans.
///
/// Several layers that count into one meter are given clones of one `OtelMetrics`, which adds up what they count. Of two that were made
/// apart for the same meter, the meter would show one's counts and not the other's.
///
/// At most 1,990 label sets of a metric are told apart, of all layers together; the others are added up under
/// `otel.metric.overflow="true"`. A set of labels stays where it was first told, so no sum ever falls.
///
/// Nothing is left out: where two layers have metrics of one name and several kinds or units, each is an instrument of its own, and all are
/// exported, as OpenTelemetry has it. What stands behind the meter may take only one of them, so rename the others.
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
    observed: Arc<Mutex<HashMap<Instrument, Arc<Merged>>>>,
    /// What layers have not handed over yet: of the callback that has them do so.
    pending: Arc<OnceLock<Weak<AllPending>>>,
}

/// What tells one instrument from another: the name in lower case, as OpenTelemetry compares names, the unit, and the kind.
type Instrument = (String, String, Discriminant<MetricKind>);

impl OtelMetrics {
    /// Makes the instruments of `meter`.
    pub fn new(meter: &Meter) -> Self {
        Self { meter: meter.clone(), observed: Arc::default(), pending: Arc::default() }
    }

    /// Adds a reader to those of the metric; gives them where it is the first, so that an instrument is to be made.
    fn join(&self, metric: &Metric, reader: Reader) -> Option<Arc<Merged>> {
        let mut all = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        let instrument = (metric.name.to_ascii_lowercase(), metric.unit.clone().into_owned(), discriminant(&metric.kind));
        if let Some(merged) = all.get(&instrument) {
            merged.add(reader);
            return None;
        }
        let merged = Arc::new(Merged::new(reader));
        all.insert(instrument, Arc::clone(&merged));
        Some(merged)
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

    fn takes_lots(&self, pending: Pending) -> bool {
        let all = self.pending.get_or_init(|| before_collections(&self.meter)).upgrade();
        all.map(|all| all.add(pending)).is_some()
    }
}

/// An instrument that never has a value, for its callback's sake: callbacks run first whenever metrics are collected, by each reader. It is the
/// only owner of what it is given: where the meter does not take it, as one does that nobody reads or whose views drop it, that is gone.
const CALLBACK: &str = "llm_span.pending";

fn before_collections(meter: &Meter) -> Weak<AllPending> {
    let pending = Arc::<AllPending>::default();
    let kept = Arc::downgrade(&pending);
    let callback = move |_: &dyn AsyncInstrument<u64>| pending.hand_over();
    let _ = meter.u64_observable_gauge(CALLBACK).with_callback(callback).build();
    kept
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
