//! Where metrics go.

use std::{fmt, sync::Arc};

use llm_span_contract::Metric;

use super::{Labels, Number, Pending};

/// Where metrics go; implemented by `OtelMetrics` (feature `otel`) and `Prometheus` (feature `prometheus`).
///
/// A layer may have several; each gets all metrics. Clones that share what they keep are one sink: given to a layer twice, it is told
/// everything twice, and tells the double.
pub trait MetricSink: Send + Sync + 'static {
    /// Takes a metric whose values are kept by the layer (every kind but histograms): `reader` tells them whenever they are collected.
    fn observed(&self, metric: &Metric, reader: Reader);

    /// Takes a distribution; what is returned makes an instrument for each set of labels.
    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily>;

    /// Whether its distributions want to know which span each value comes from. Asking for a span's ids has a price.
    fn wants_exemplars(&self) -> bool {
        false
    }

    /// Whether it takes the values of distributions in lots: those of several spans at a time, which costs each span less.
    ///
    /// A sink that says so keeps `pending`, and calls [`Pending::hand_over`] each time before what it has taken is collected, so that nothing is
    /// missing. Its instruments neither collect nor wait for somebody who does. The layer hands over in lots if all of its sinks take them, and none
    /// wants exemplars; else each value is recorded when its span ends.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use llm_span::{HistogramFamily, HistogramPoint, Labels, MetricSink, Pending, Reader, contract::Metric};
    ///
    /// /// Keeps what it is told.
    /// #[derive(Clone, Default)]
    /// struct Values(Arc<Mutex<Vec<f64>>>, Arc<Mutex<Vec<Pending>>>);
    ///
    /// impl MetricSink for Values {
    ///     fn observed(&self, _: &Metric, _: Reader) {}
    ///
    ///     fn histogram(&self, _: &Metric) -> Box<dyn HistogramFamily> {
    ///         Box::new(self.clone())
    ///     }
    ///
    ///     fn takes_lots(&self, pending: Pending) -> bool {
    ///         self.1.lock().unwrap().push(pending);
    ///         true
    ///     }
    /// }
    /// # impl HistogramFamily for Values {
    /// #     fn bind(&self, _: &Labels) -> Box<dyn HistogramPoint> {
    /// #         Box::new(self.clone())
    /// #     }
    /// # }
    /// # impl HistogramPoint for Values {
    /// #     fn record(&self, value: f64, _: Option<&llm_span::Exemplar>) {
    /// #         self.0.lock().unwrap().push(value);
    /// #     }
    /// # }
    ///
    /// impl Values {
    ///     fn collect(&self) -> Vec<f64> {
    ///         self.1.lock().unwrap().iter().for_each(Pending::hand_over);
    ///         std::mem::take(&mut self.0.lock().unwrap())
    ///     }
    /// }
    /// # let layer = llm_span::LlmLayer::builder().metrics(Values::default()).build();
    /// # drop(layer);
    /// # assert!(Values::default().collect().is_empty());
    /// ```
    fn takes_lots(&self, pending: Pending) -> bool {
        let _ = pending;
        false
    }
}

/// Makes the instruments of a distribution, one a set of labels. It is asked for a bounded number of them.
pub trait HistogramFamily: Send + Sync {
    /// The instrument of one set of labels.
    fn bind(&self, labels: &Labels) -> Box<dyn HistogramPoint>;
}

/// An instrument of a distribution, bound to its labels.
pub trait HistogramPoint: Send + Sync {
    /// Records one value, in the metric's unit. `exemplar` is given where the sink wants one and the span has ids that lead somewhere.
    fn record(&self, value: f64, exemplar: Option<&Exemplar>);

    /// Records several values: the times between the chunks of a stream, or a lot that the sink [takes](MetricSink::takes_lots). Of a sink that panics on the way those that were left
    /// are lost to it.
    fn record_all(&self, values: &[f64], exemplar: Option<&Exemplar>) {
        for value in values {
            self.record(*value, exemplar);
        }
    }
}

/// The span that a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exemplar {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
}

impl Exemplar {
    /// The span of these ids.
    pub fn new(trace_id: impl Into<String>, span_id: impl Into<String>) -> Self {
        Self { trace_id: trace_id.into(), span_id: span_id.into() }
    }
}

/// Tells the values of a metric.
pub trait Read: Send + Sync {
    /// Gives each set of labels with its value so far. No lock of the metric is held meanwhile.
    fn read(&self, each: &mut dyn FnMut(&Labels, Number));
}

/// Tells the values of a metric whenever they are collected.
#[derive(Clone)]
pub struct Reader(Arc<dyn Read>);

impl Reader {
    /// The reader of a metric.
    pub fn new(read: impl Read + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Gives each set of labels with its value so far.
    pub fn read(&self, mut each: impl FnMut(&Labels, Number)) {
        self.0.read(&mut each);
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
