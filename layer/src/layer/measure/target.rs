//! Where the measurements of a metric go: sums that are kept here, distributions that sinks keep.

use std::sync::Arc;

use llm_span_contract::{Measure, Metric, MetricKind};

use crate::{
    guard,
    layer::quantity::Quantity,
    metrics::{
        Cell, Cells, Exemplar, Gauges, HistogramFamily, HistogramPoint, Labels, MetricSink, Number, Reader, Sums, this_thread,
    },
};

/// Where the measurements of a metric go.
pub(super) enum Target {
    Sum(Kind, Arc<Sums>),
    Distribution(Family),
    /// Asked for when it is collected.
    Callback,
}

/// What is kept in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Whole,
    Billionths,
    /// In two's complement.
    Signed,
    /// The bits of the last value.
    Last,
}

/// The instruments of all sinks, by their labels.
pub(super) struct Family {
    sinks: Vec<Box<dyn HistogramFamily>>,
    points: Cells<Points>,
}

/// The instruments of all sinks, for one set of labels.
pub(super) struct Points(Vec<Box<dyn HistogramPoint>>);

/// The instrument of one set of labels.
pub(super) enum Instrument {
    Sum(Kind, Arc<Cell>),
    Distribution(Arc<Points>),
    Nothing,
}

impl Target {
    pub(super) fn new(metric: &Metric, sinks: &[Box<dyn MetricSink>], gauges: &Gauges) -> Self {
        if let MetricKind::Histogram { .. } = metric.kind {
            let sinks = sinks.iter().map(|sink| sink.histogram(metric)).collect();
            return Self::Distribution(Family { sinks, points: Cells::default() });
        }
        if metric.points.iter().any(|point| point.measure == Measure::Callback) {
            if let Some(reader) = gauges.reader(&metric.name) {
                for sink in sinks {
                    sink.observed(metric, reader.clone());
                }
            }
            return Self::Callback;
        }
        let (kind, number): (_, fn(u64) -> Number) = match metric.kind {
            MetricKind::DecimalCounter => (Kind::Billionths, Number::Billionths),
            MetricKind::UpDownCounter => (Kind::Signed, |sum| Number::Signed(sum.cast_signed())),
            MetricKind::Gauge => (Kind::Last, |bits| Number::Double(f64::from_bits(bits))),
            _ => (Kind::Whole, Number::Unsigned),
        };
        let cell = if matches!(kind, Kind::Signed | Kind::Last) { Cell::shared } else { Cell::new };
        let sums = Arc::new(Sums::new(cell, number));
        for sink in sinks {
            sink.observed(metric, Reader::new(Arc::clone(&sums)));
        }
        Self::Sum(kind, sums)
    }

    /// Whether it can hold the measurement. A sum of what only grows takes nothing negative, a whole one no fraction, and a distribution
    /// nothing that would stay in its sum for ever.
    #[inline]
    pub(super) fn takes(&self, quantity: Quantity) -> bool {
        match self {
            Self::Sum(Kind::Whole, _) => quantity.whole().is_some_and(|number| number >= 0),
            Self::Sum(Kind::Billionths, _) => quantity.billionths().is_some(),
            Self::Sum(Kind::Signed, _) => quantity.whole().is_some(),
            Self::Sum(Kind::Last, _) | Self::Callback => true,
            Self::Distribution(_) => quantity.as_f64().is_finite(),
        }
    }

    pub(super) fn instrument(&self, labels: &Labels) -> Instrument {
        match self {
            Self::Sum(kind, sums) => Instrument::Sum(*kind, sums.cell(labels)),
            Self::Distribution(family) => {
                // Sinks are the user's: one that panics takes nothing from the others.
                let bound = |sink: &dyn HistogramFamily, labels: &Labels| guard::run(|| sink.bind(labels));
                let bind = |labels: &Labels| {
                    Arc::new(Points(family.sinks.iter().filter_map(|sink| bound(sink.as_ref(), labels)).collect()))
                };
                Instrument::Distribution(family.points.get(labels, bind))
            }
            Self::Callback => Instrument::Nothing,
        }
    }
}

impl Instrument {
    /// Adds a measurement that its target takes.
    #[inline]
    pub(super) fn add(&self, quantity: Quantity, exemplar: impl FnOnce() -> Option<Exemplar>) {
        match self {
            Self::Sum(kind, cell) => match kind {
                Kind::Whole => add(cell, quantity.whole().and_then(|number| u64::try_from(number).ok())),
                Kind::Billionths => add(cell, quantity.billionths()),
                Kind::Signed => add(cell, quantity.whole().map(i64::cast_unsigned)),
                Kind::Last => cell.set(quantity.as_f64().to_bits()),
            },
            Self::Distribution(points) => {
                let (value, exemplar) = (quantity.as_f64(), exemplar());
                for point in &points.0 {
                    guard::run(|| point.record(value, exemplar.as_ref()));
                }
            }
            Self::Nothing => {}
        }
    }

    /// The cell of a sum.
    pub(super) fn cell(&self) -> Option<&Arc<Cell>> {
        match self {
            Self::Sum(_, cell) => Some(cell),
            _ => None,
        }
    }
}

#[inline]
fn add(cell: &Cell, amount: Option<u64>) {
    if let Some(amount) = amount {
        cell.add(amount, this_thread());
    }
}
