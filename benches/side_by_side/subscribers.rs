//! What cases run under, as a program would set it up.

use llm_span::{
    IgnoreFindings, LlmLayer,
    contract::{MetricError, MetricSets},
};
use llm_span_benches::Timed;
use tracing::{Dispatch, dispatcher::with_default};
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

pub(crate) use crate::counted::{
    meters::Meters,
    subscribers::{otel, registry},
};

/// `LlmLayer` with the default contracts, under these sets.
pub(crate) fn llm(meters: &Meters, sets: MetricSets) -> LlmLayer {
    LlmLayer::builder().metric_sets(sets).metrics(meters.metrics.clone()).findings(IgnoreFindings).build()
}

/// The counters of the AMTP contract, and the histograms of the conventions.
pub(crate) fn both_sets() -> Result<MetricSets, MetricError> {
    MetricSets::named(["amtp", "gen_ai"])
}

/// A registry with `LlmLayer` on it, and both sets of metrics.
pub(crate) fn measured(meters: &Meters) -> Result<Dispatch, MetricError> {
    Ok(Dispatch::new(Registry::default().with(llm(meters, both_sets()?))))
}

/// A case that runs under a subscriber.
pub(crate) fn under(subscriber: Dispatch, mut body: impl FnMut()) -> impl FnMut(&mut Timed) {
    move |timed| with_default(&subscriber, || timed.run(&mut body))
}

/// The same, which has run so often before: series are made when they are first met.
pub(crate) fn known(subscriber: Dispatch, times: usize, mut body: impl FnMut()) -> impl FnMut(&mut Timed) {
    with_default(&subscriber, || (0..times).for_each(|_| body()));
    under(subscriber, body)
}
