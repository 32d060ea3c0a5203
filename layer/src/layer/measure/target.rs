//! Where the measurements of a metric go: sums that are kept here, distributions that sinks keep.

use std::sync::Arc;

use llm_span_contract::{Measure, Metric, MetricKind};

use crate::{
    guard,
    layer::quantity::Quantity,
    metrics::{Cell, Cells, Gauges, HistogramFamily, HistogramPoint, Labels, MetricSink, Number, Reader, Sums},
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
    points: Cells<[Point]>,
}

/// The instrument of a sink, for one set of labels.
pub(super) type Point = Arc<dyn HistogramPoint>;

/// Where the measurements of one set of labels go.
pub(super) enum Bound {
    Sum(Kind, Arc<Cell>),
    /// That of the only sink: nothing is between a series and its point.
    Point(Point),
    Points(Arc<[Point]>),
    Nothing,
    /// What is told one by one, too.
    Told(Box<(Bound, Labels)>),
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

    /// How its sums are kept, where sums of several metrics may stand side by side: those that only grow.
    pub(super) fn counts(&self) -> Option<Kind> {
        match self {
            Self::Sum(kind @ (Kind::Whole | Kind::Billionths), _) => Some(*kind),
            _ => None,
        }
    }

    /// The sum of these labels.
    pub(super) fn cell(&self, labels: &Labels) -> Option<Arc<Cell>> {
        match self {
            Self::Sum(_, sums) => Some(sums.cell(labels)),
            _ => None,
        }
    }

    pub(super) fn bind(&self, labels: &Labels) -> Bound {
        match self {
            Self::Sum(kind, sums) => Bound::Sum(*kind, sums.cell(labels)),
            Self::Distribution(family) => {
                // Sinks are the user's: one that panics takes nothing from the others.
                let bound = |sink: &dyn HistogramFamily, labels: &Labels| guard::run(|| sink.bind(labels));
                let bind = |labels: &Labels| {
                    family.sinks.iter().filter_map(|sink| bound(sink.as_ref(), labels)).map(Point::from).collect::<Arc<[_]>>()
                };
                let points = family.points.get(labels, bind);
                match &*points {
                    [point] => Bound::Point(Arc::clone(point)),
                    _ => Bound::Points(points),
                }
            }
            Self::Callback => Bound::Nothing,
        }
    }
}

impl Kind {
    /// What is added for a measurement; `None` where the sum can't hold it. A sum of what only grows takes nothing negative, a whole one no
    /// fraction.
    #[inline]
    pub(super) fn amount(self, quantity: Quantity) -> Option<u64> {
        match self {
            Self::Whole => u64::try_from(quantity.whole()?).ok(),
            Self::Billionths => quantity.billionths(),
            Self::Signed => quantity.whole().map(i64::cast_unsigned),
            Self::Last => Some(quantity.as_f64().to_bits()),
        }
    }
}

impl Bound {
    /// The points of a distribution.
    #[inline]
    pub(super) fn points(&self) -> &[Point] {
        match self {
            Self::Point(point) => std::slice::from_ref(point),
            Self::Points(points) => points,
            Self::Told(told) => told.0.points(),
            Self::Sum(..) | Self::Nothing => &[],
        }
    }

    /// The cell of a sum.
    pub(super) fn cell(&self) -> Option<(Kind, &Arc<Cell>)> {
        match self {
            Self::Sum(kind, cell) => Some((*kind, cell)),
            Self::Told(told) => told.0.cell(),
            Self::Point(_) | Self::Points(_) | Self::Nothing => None,
        }
    }

    /// The labels of what is told one by one.
    pub(super) fn labels(&self) -> Option<&Labels> {
        match self {
            Self::Told(told) => Some(&told.1),
            _ => None,
        }
    }
}
