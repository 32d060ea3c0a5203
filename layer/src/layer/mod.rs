//! The layer that checks calls against the contracts and measures them.

mod above;
mod asked;
mod beside;
mod builder;
mod callsite;
mod clean;
mod conclude;
mod difference;
mod hooks;
pub(crate) mod intern;
mod kept;
mod measure;
mod memo;
mod outside;
pub(crate) mod plan;
mod quantity;
mod read;
pub(crate) mod schema;
mod service;
pub(crate) mod state;
mod thread_end;
mod told;
mod unkept;
mod verdict;
mod waiting;
mod watched;

pub use builder::LlmLayerBuilder;
#[cfg(feature = "testing")]
pub(crate) use outside::outside_call;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use llm_span_contract::{Contract, Contracts};
use tracing::Metadata;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::{
    call::stamp::First,
    findings::FindingSink,
    ids::{DispatchHandle, IdSource},
    metrics::Gauges,
};
use callsite::{Callsite, Callsites};
use intern::Interner;
use kept::{Kept, States};
use measure::{Engine, Outcomes};
use read::Reader;
use schema::Schema;
use state::State;

/// A [`tracing_subscriber::Layer`] that checks each LLM span against the contracts, and derives metrics from them.
///
/// A call is checked and measured when its outcome is recorded, as annotated functions do, spans of others when they close.
/// Which spans are LLM spans is told by the attributes they carry, not by who opened them. Counters are exact under every
/// sampling rate: sampling decides about the export of spans, not about this layer.
///
/// Findings are logged to standard error unless another [`FindingSink`] is set. Hooks never panic, never block on I/O
/// and never emit events.
///
/// ```
/// use llm_span::{CollectFindings, LlmLayer};
/// use tracing_subscriber::prelude::*;
///
/// let findings = CollectFindings::default();
/// let subscriber = tracing_subscriber::registry().with(LlmLayer::builder().findings(findings.clone()).build());
///
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info_span!("llm.completion", llm.provider = "openai");
/// });
/// let messages: Vec<_> = findings.take().iter().map(|found| found.finding.message.clone()).collect();
/// assert!(messages.contains(&"`llm.model` was never recorded".to_owned()));
/// ```
pub struct LlmLayer {
    schema: Schema,
    interner: Interner,
    callsites: Callsites,
    engine: Option<Engine>,
    outcomes: Outcomes,
    /// Whether it matters when spans are entered.
    is_timed: bool,
    findings: Arc<dyn FindingSink>,
    ids: IdSource,
    dispatch: DispatchHandle,
    /// When it was: for states that have no time of their own.
    made: Instant,
    /// Tells this layer's states from those of another one in the same registry.
    number: u32,
    /// Whether calls were seen that do not record their outcome: spans of others.
    foreign: AtomicBool,
    /// Whether there are spans that end when they close, as those of others do: to look at each has its price.
    ends_at_close: AtomicBool,
    /// How many calls end when they close, as the record of their end was lost.
    lost: AtomicUsize,
    /// Whether calls find this layer and its registry through their subscriber, so that they end before anything else can go wrong.
    is_found: AtomicBool,
    /// Whether something came to be known of calls of which nothing had been kept: most services have no calls within calls.
    keeps_some: AtomicBool,
}

impl fmt::Debug for LlmLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contracts: Vec<_> = self.schema.contracts.iter().map(Contract::name).collect();
        f.debug_struct("LlmLayer").field("contracts", &contracts).field("metrics", &self.engine).finish_non_exhaustive()
    }
}

/// The default contracts, findings to standard error, no metrics.
impl Default for LlmLayer {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl LlmLayer {
    /// Sets up a layer.
    pub fn builder() -> LlmLayerBuilder {
        LlmLayerBuilder::default()
    }

    /// The contracts it checks.
    pub fn contracts(&self) -> &Contracts {
        &self.schema.contracts
    }

    /// A callsite and its number, if its spans are of any concern.
    #[inline]
    fn callsite(&self, metadata: &'static Metadata<'static>) -> Option<(u32, &Callsite)> {
        let site = || {
            // The probe of `doctor` is no span of the program's.
            let engine = self.engine.as_ref().filter(|_| metadata.name() != plan::PROBE)?;
            engine.site(metadata, &self.schema, &self.interner)
        };
        self.callsites.of(metadata, &self.schema, site)
    }

    /// The same of a call, which knows it by its number.
    #[inline]
    fn callsite_by(&self, first: &'static First, metadata: &'static Metadata<'static>) -> Option<(u32, &Callsite)> {
        if let Some(number) = first.place(self.number) {
            return Some((number, self.callsites.at(number)?));
        }
        let found = self.callsite(metadata);
        if let Some((number, _)) = found {
            first.note(self.number, number);
        }
        found
    }

    /// The gauges that callbacks tell of: their values are asked for when they are collected. None are there without a metric sink.
    ///
    /// ```
    /// use llm_span::{LlmLayer, OtelMetrics, contract::{MetricSet, MetricSets}};
    /// use opentelemetry::metrics::MeterProvider as _;
    ///
    /// let meter = opentelemetry_sdk::metrics::SdkMeterProvider::default().meter("gateway");
    /// let sets = MetricSets::from(MetricSet::llm_gateway());
    /// let layer = LlmLayer::builder().metrics(OtelMetrics::new(&meter)).metric_sets(sets).build();
    /// layer.gauges().register("conversation_active_count", [("backend", "memory")], || 3.0)?;
    /// # Ok::<(), llm_span::GaugeError>(())
    /// ```
    pub fn gauges(&self) -> Gauges {
        self.engine.as_ref().map(|engine| engine.gauges.clone()).unwrap_or_default()
    }

    /// Keeps that of a span.
    fn keep<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>, kept: Kept) {
        let mut extensions = span.extensions_mut();
        match extensions.get_mut::<States>() {
            Some(states) => states.add(self.number, kept),
            None => extensions.insert(States::new(self.number, kept)),
        }
    }

    /// Does something with what this layer keeps of a span.
    fn kept_of<'a, S: LookupSpan<'a>, T>(&self, span: &SpanRef<'a, S>, use_it: impl FnOnce(&mut Kept) -> T) -> Option<T> {
        span.extensions_mut().get_mut::<States>()?.of_mut(self.number).map(use_it)
    }

    fn reader<'a>(&'a self, callsite: &'a Callsite, state: &'a mut State) -> Reader<'a> {
        Reader { state, callsite, schema: &self.schema, interner: &self.interner }
    }
}

/// Sets it; all threads look at it, so it is written once.
#[inline]
fn note(fact: &AtomicBool) {
    if !fact.load(Ordering::Relaxed) {
        fact.store(true, Ordering::Relaxed);
    }
}
