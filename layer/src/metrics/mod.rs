//! Metrics that are derived from spans: what is kept of them, and where they go.
//!
//! Sums are kept here, in cells that threads do not contend for, and read when they are collected. Distributions are handed to
//! the sink's instruments, bound to their labels once.

#[cfg(any(feature = "otel", feature = "prometheus"))]
mod all_pending;
mod announced;
mod cell;
mod cells;
mod clean;
mod events;
mod gauges;
mod labels;
mod number;
mod part;
mod pending;
mod sink;

#[cfg(any(feature = "otel", feature = "prometheus"))]
pub(crate) use all_pending::AllPending;
pub use announced::Announced;
pub(crate) use cell::{Cell, parts, this_thread};
pub(crate) use cells::{Cells, Sums};
pub(crate) use clean::{cleaned, cut};
pub use events::{CollectMetricEvents, MetricEvent, MetricEvents};
pub use gauges::{GaugeError, Gauges};
pub use labels::Labels;
pub use number::Number;
pub(crate) use part::{HeldPart, MAX_ROW, Part, Row, Rows, Spare};
pub(crate) use pending::HandOver;
pub use pending::Pending;
pub use sink::{Exemplar, HistogramFamily, HistogramPoint, MetricSink, Read, Reader};

/// So many sets of labels of one metric are told apart; the others share one series, labelled as OpenTelemetry does. Less than the 2,000
/// at which the OpenTelemetry SDK begins to mix series of observed counters, by which sums would be lost.
pub(crate) const MAX_SERIES: usize = 1_990;
