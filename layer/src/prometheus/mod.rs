//! Metrics for Prometheus to scrape: what is kept of them, and how it is told.
//!
//! The writer is this crate's own: others write one of the two formats, or choose names by rules of their own, and the documents that
//! dashboards follow fix the names.

mod accept;
mod exemplars;
mod families;
mod histogram;
mod labels;
mod service;
mod spelling;
mod write;

#[cfg(feature = "prometheus-listener")]
mod listener;

use std::{fmt, sync::Arc};

use llm_span_contract::Metric;

#[cfg(feature = "prometheus-listener")]
pub use listener::{ListenError, Listening, PrometheusListener};

#[cfg(feature = "pipeline")]
pub(crate) use families::sample_names;

use self::{accept::Format, families::Families};
use crate::metrics::{HistogramFamily, MetricSink, Pending, Reader};

/// Keeps metrics for Prometheus, and tells them when it asks: under the names that the documents have, see
/// [`Naming::Endpoint`](llm_span_contract::Naming::Endpoint).
///
/// Give a clone to the layer, and serve another: by the framework that the program has already, or by a listener of its own (feature
/// `prometheus-listener`).
///
/// ```
/// use llm_span::{LlmLayer, Prometheus};
///
/// let prometheus = Prometheus::new();
/// let layer = LlmLayer::builder().metrics(prometheus.clone()).build();
/// # drop(layer);
///
/// let exposition = prometheus.render(None);
/// assert_eq!(exposition.content_type, "text/plain; version=0.0.4; charset=utf-8");
/// ```
///
/// It is a service of `tower`, for GET and HEAD, so axum and hyper take it as it is:
///
/// ```ignore
/// let app = axum::Router::new().route_service("/metrics", prometheus.clone());
///
/// let service = hyper_util::service::TowerToHyperService::new(prometheus.clone());
/// ```
///
/// Where another framework is in use, [`render`](Self::render) gives the content type and the body.
///
/// Several layers may share clones: what they count under the same metric and labels adds up, gauges too. A counter that stands at 0 is
/// told, if the layer knows its labels; a metric of which nothing is known yet is told by its name and type only.
///
/// Two metrics may come out under one name. They are told as one where they are of one kind; else the one that came first holds.
/// [`left_out`](Self::left_out) says so, as comments in the text format do.
#[derive(Clone, Default)]
pub struct Prometheus(Arc<Families>);

/// Settings of a [`Prometheus`].
#[derive(Clone, Debug, Default)]
pub struct PrometheusBuilder {
    exemplars: bool,
}

/// What is told at a scrape.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exposition {
    /// The value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The metrics.
    pub body: String,
}

impl Prometheus {
    /// Keeps metrics, without exemplars.
    pub fn new() -> Self {
        Self::default()
    }

    /// Settings.
    pub fn builder() -> PrometheusBuilder {
        PrometheusBuilder::default()
    }

    /// All metrics, in the format that the header `Accept` asks for: OpenMetrics 1.0, or the text format 0.0.4, which is also for whoever
    /// asks for neither.
    ///
    /// Callbacks of gauges run meanwhile, on this thread. Calls that are measured are not held up.
    pub fn render(&self, accept: Option<&str>) -> Exposition {
        self.0.pending.hand_over();
        let all = self.0.all();
        // Where OpenMetrics has no room for all families, the text format has: a counter `x_total` and a gauge `x` are of one name there.
        let format = if all.are_open_metrics { accept::format(accept) } else { Format::Text };
        Exposition { content_type: format.content_type(), body: write::exposition(&all.families, &all.left_out, format) }
    }

    /// What is not told, and why, a sentence each: metrics whose name another one has, of another kind or with other buckets; and
    /// OpenMetrics as a whole where two families have one name in it. Empty where all is well, so a program may check it at its start, once
    /// its layers are built.
    ///
    /// ```
    /// use llm_span::{LlmLayer, Prometheus};
    ///
    /// let prometheus = Prometheus::new();
    /// let layer = LlmLayer::builder().metrics(prometheus.clone()).build();
    /// assert!(prometheus.left_out().is_empty());
    /// # drop(layer);
    /// ```
    pub fn left_out(&self) -> Vec<String> {
        self.0.all().left_out
    }

    /// Serves the metrics by a listener and a thread of their own; for programs that serve no HTTP. See [`PrometheusListener`].
    #[cfg(feature = "prometheus-listener")]
    pub fn listener(&self) -> PrometheusListener {
        PrometheusListener::new(self.clone())
    }
}

impl PrometheusBuilder {
    /// Whether the buckets of histograms tell the trace of the last value they took. Only OpenMetrics has them, and Prometheus keeps them
    /// where it runs with `--enable-feature=exemplar-storage`. Off unless switched on: asking for a span's ids has a price.
    ///
    /// Only a sampled trace is told, which somebody has kept: it needs the feature `otel`, and a `tracing_opentelemetry` layer beside the
    /// one that measures. Without them there are no exemplars.
    #[must_use]
    pub fn exemplars(mut self, on: bool) -> Self {
        self.exemplars = on;
        self
    }

    /// Keeps metrics by these settings.
    pub fn build(self) -> Prometheus {
        Prometheus(Arc::new(Families::new(self.exemplars)))
    }
}

impl MetricSink for Prometheus {
    fn observed(&self, metric: &Metric, reader: Reader) {
        self.0.observe(metric, reader);
    }

    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily> {
        Box::new(self.0.distribution(metric))
    }

    fn wants_exemplars(&self) -> bool {
        self.0.exemplars
    }

    fn takes_lots(&self, pending: Pending) -> bool {
        self.0.pending.add(pending);
        true
    }
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").field("exemplars", &self.0.exemplars).finish_non_exhaustive()
    }
}
