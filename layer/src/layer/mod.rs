//! The layer that checks calls against the contracts and measures them.

mod asked;
mod beside;
mod builder;
mod callsite;
mod clean;
mod conclude;
pub(crate) mod intern;
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
mod verdict;

pub use builder::LlmLayerBuilder;
#[cfg(feature = "testing")]
pub(crate) use outside::outside_call;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use llm_span_contract::{Contract, Contracts};
use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use crate::{
    call::stamp::{self, Telling},
    findings::FindingSink,
    guard,
    ids::{self, DispatchHandle, IdSource},
    metrics::Gauges,
};
use beside::Beside;
use callsite::{Callsite, Callsites, Sort};
use intern::Interner;
use measure::{Engine, Outcomes, SitePlan};
use read::{ModelReader, Reader};
use schema::Schema;
use state::{Ended, Kept, State, States};

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
    number: u64,
    /// Whether calls were seen that do not record their outcome: spans of others.
    foreign: AtomicBool,
    /// Whether spans may close that have not ended before: to look at each has its price.
    ends_at_close: AtomicBool,
    /// Whether calls find this layer through their subscriber, so that they end before anything else can go wrong.
    is_found: AtomicBool,
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

    /// Does something with a callsite, if its spans are of any concern.
    fn with_callsite<T>(&self, metadata: &'static Metadata<'static>, use_it: impl FnOnce(&Callsite) -> T) -> Option<T> {
        let site = || {
            // The probe of `doctor` is no span of the program's.
            let engine = self.engine.as_ref().filter(|_| metadata.name() != plan::PROBE)?;
            engine.site(metadata, &self.schema, &self.interner)
        };
        self.callsites.with(metadata, &self.schema, site, use_it)
    }

    fn reader<'a>(&'a self, callsite: &'a Callsite, state: &'a mut State) -> Reader<'a> {
        Reader { state, callsite, schema: &self.schema, interner: &self.interner }
    }
}

impl<S> Layer<S> for LlmLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.register(dispatch);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if !outside::hears(self, metadata) && metadata.is_span() {
            self.with_callsite(metadata, |_| ());
        }
        // Never `never`: it would switch the callsite off for every layer.
        Interest::always()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.with_callsite(attributes.metadata(), |callsite| {
            self.note(callsite);
            let state = self.state_of_new(callsite, attributes);
            if let Some(span) = context.span(id) {
                let mut extensions = span.extensions_mut();
                match extensions.get_mut::<States>() {
                    Some(states) => states.add(self.number, state),
                    None => extensions.insert(States::new(self.number, state)),
                }
            }
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        self.with_callsite(span.metadata(), |callsite| {
            let mut ended = None;
            // What other layers record meanwhile is no end.
            if callsite.is_end(values) && stamp::take_read(id, self.number) {
                self.kept_of(&span, |kept| ended = Some(kept.end(&self.schema)));
            } else {
                self.read_on(&span, callsite, values, &mut ended);
            }
            if let Some(ended) = &ended {
                guard::run(|| self.conclude(&span, callsite, ended, Instant::now()));
            }
        });
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.dispatch.adopt(self);
        if self.foreign.load(Ordering::Relaxed) {
            self.keep_ids(id, &context);
        }
        if self.is_timed {
            self.time(id, &context, |beside| beside.enter(Instant::now()));
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if self.is_timed {
            self.time(id, &context, |beside| beside.times.exit(Instant::now()));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.engine.is_some()
            && *event.metadata().level() == Level::ERROR
            && let Some(span) = context.event_span(event)
        {
            self.kept_of(&span, |kept| kept.state.erred = true);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if self.is_found.load(Ordering::Relaxed) && !self.ends_at_close.load(Ordering::Relaxed) {
            return;
        }
        let Some(span) = context.span(&id) else { return };
        let is_open =
            span.extensions().get::<States>().and_then(|states| states.of(self.number)).is_some_and(|kept| !kept.finished);
        if is_open {
            let ended = self.kept_of(&span, |kept| kept.end(&self.schema));
            self.with_callsite(span.metadata(), |callsite| {
                ended.and_then(|ended| guard::run(|| self.conclude(&span, callsite, &ended, Instant::now())))
            });
        }
    }
}

impl LlmLayer {
    /// What is recorded of a span that begins.
    #[inline]
    fn state_of_new(&self, callsite: &Callsite, attributes: &Attributes<'_>) -> State {
        let begun = stamp::started(attributes.metadata());
        if begun.is_none() && !callsite.plan.is_probe {
            note(&self.ends_at_close);
        }
        let (started, telling) = begun.unwrap_or_else(|| (Instant::now(), Telling::Other));
        if telling != Telling::Other
            && let Some(mut state) = callsite.like_first(started)
        {
            if telling == Telling::OtherModel {
                state.forget(callsite.model);
                attributes.record(&mut ModelReader(self.reader(callsite, &mut state)));
            }
            return state;
        }
        let mut state = State::new(started, beside_of(callsite));
        // Outside of any lock: a `Debug` of the user's may open spans.
        attributes.record(&mut self.reader(callsite, &mut state));
        if callsite.site.as_ref().is_some_and(SitePlan::counts_open) {
            guard::run(|| self.begin(callsite, &mut state));
        }
        if telling == Telling::Same {
            callsite.remember(&state);
        }
        state
    }

    /// Does something with what this layer keeps of a span.
    fn kept_of<'a, S: LookupSpan<'a>, T>(&self, span: &SpanRef<'a, S>, use_it: impl FnOnce(&mut Kept) -> T) -> Option<T> {
        span.extensions_mut().get_mut::<States>()?.of_mut(self.number).map(use_it)
    }

    /// Reads what was recorded on; all that was, if it ends the call. `ended` is the caller's: what a call leaves is large, and is moved once.
    fn read_on<'a, S: LookupSpan<'a>>(
        &self,
        span: &SpanRef<'a, S>,
        callsite: &Callsite,
        values: &Record<'_>,
        ended: &mut Option<Ended>,
    ) {
        // Outside of any lock: a `Debug` of the user's may open spans.
        let mut apart = (!stamp::is_recording(&span.id())).then(|| State::new(self.made, beside_of(callsite)));
        if let Some(apart) = &mut apart {
            values.record(&mut self.reader(callsite, apart));
        }
        self.kept_of(span, |kept| {
            let state = &mut kept.state;
            // One that was told when the span began is the outcome of a span that ends when it closes.
            let was_told = state.outcome.is_some();
            match &mut apart {
                Some(later) => state.merge(later, &self.schema, &self.interner),
                None => values.record(&mut self.reader(callsite, state)),
            }
            if !was_told && state.outcome.is_some() && !kept.finished {
                *ended = Some(kept.end(&self.schema));
            }
        });
    }

    fn note(&self, callsite: &Callsite) {
        if self.ends_late(callsite) {
            note(&self.foreign);
        }
        if callsite.plan.is_probe {
            crate::doctor::arrived();
            crate::doctor::asks_for(self.ids);
        }
    }

    /// Notes when a span is entered and left, where a rule asks for it.
    fn time<S: Subscriber + for<'a> LookupSpan<'a>>(&self, id: &Id, context: &Context<'_, S>, note: impl FnOnce(&mut Beside)) {
        let Some(span) = context.span(id) else { return };
        self.kept_of(&span, |kept| kept.state.beside.as_mut().map(|beside| note(beside)));
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

    /// Spans of others are checked when they close, when OpenTelemetry may have forgotten their ids: asked for at first enter.
    fn keep_ids<S: Subscriber + for<'a> LookupSpan<'a>>(&self, id: &Id, context: &Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if self.with_callsite(span.metadata(), |callsite| self.ends_late(callsite)) == Some(true) {
            ids::of_span(&span, self.ids, &self.dispatch);
        }
    }

    /// Whether its spans end only when they close, and their ids are asked for then: by a finding, or by a sink of metrics.
    fn ends_late(&self, callsite: &Callsite) -> bool {
        let Sort { plan, site, .. } = &**callsite;
        let is_told = site.is_some() && self.engine.as_ref().is_some_and(|engine| engine.wants_ids);
        !plan.has_outcome && (plan.is_checked || is_told)
    }
}

/// Sets it; all threads look at it, so it is written once.
#[inline]
fn note(fact: &AtomicBool) {
    if !fact.load(Ordering::Relaxed) {
        fact.store(true, Ordering::Relaxed);
    }
}

fn beside_of(callsite: &Callsite) -> Option<Box<Beside>> {
    callsite.site.as_ref().and_then(SitePlan::beside)
}
