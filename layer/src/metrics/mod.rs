//! Metrics that are derived from spans: what the contracts define, measured when a call ends.
//!
//! Counters are kept here, in cells that threads do not contend for, and read when they are collected. Distributions are
//! handed to the sink's instruments, bound to their labels once.

mod cell;
mod series;

pub(crate) use cell::{Cell, this_thread};
pub(crate) use series::Cells;
pub use series::{CounterReader, DecimalReader, Labels};

use llm_span_contract::Metric;

/// Where metrics go; implemented by `OtelMetrics` (feature `otel`).
pub trait MetricSink: Send + Sync + 'static {
    /// Takes a counter: `reader` tells its values whenever they are collected.
    fn counter(&self, metric: &Metric, reader: CounterReader);

    /// Takes a counter of fractions ([`MetricKind::DecimalCounter`](llm_span_contract::MetricKind::DecimalCounter)), such as a cost:
    /// `reader` tells its values whenever they are collected.
    fn decimal_counter(&self, metric: &Metric, reader: DecimalReader);

    /// Takes a distribution; what is returned makes an instrument for each set of labels.
    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily>;
}

/// Makes the instruments of a distribution, one a set of labels.
pub trait HistogramFamily: Send + Sync {
    /// The instrument of one set of labels.
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint>;
}

/// An instrument of a distribution, bound to its labels.
pub trait HistogramPoint: Send + Sync {
    /// Records one value, in the metric's unit.
    fn record(&self, value: f64);
}
