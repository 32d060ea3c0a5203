//! Sets up an [`LlmLayer`].

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    time::Instant,
};

use llm_span_contract::{Contracts, MetricSets};

use super::{
    LlmLayer,
    callsite::Callsites,
    intern::Interner,
    measure::{Engine, Parts},
    outside::report_outside_call,
    schema::{MAX_SYMBOLS, Schema},
    service, told,
};
use crate::{
    call::{listen_for_losses, stamp::read_by},
    findings::{FindingSink, LogFindings},
    ids::{DispatchHandle, IdSource},
    metrics::{Announced, MetricEvents, MetricSink},
};

/// So many different values a label may have.
const MAX_VALUES: usize = 2_000;

/// Sets up an [`LlmLayer`]; see [`LlmLayer::builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct LlmLayerBuilder {
    contracts: Contracts,
    findings: Option<Arc<dyn FindingSink>>,
    sinks: Vec<Box<dyn MetricSink>>,
    events: Vec<Box<dyn MetricEvents>>,
    sets: Option<MetricSets>,
    announced: Vec<Announced>,
    service: Option<String>,
    ids: IdSource,
}

impl fmt::Debug for LlmLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LlmLayerBuilder").field("contracts", &self.contracts).field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl LlmLayerBuilder {
    /// Checks these contracts instead of the default ones: a [`Contract`](crate::contract::Contract), or several.
    ///
    /// ```
    /// use llm_span::{LlmLayer, contract::{AttributeType, Contract}};
    ///
    /// let ours = Contract::amtp().extend("ours").require("tenant.id", AttributeType::String).build()?;
    /// let layer = LlmLayer::builder().contracts(ours).build();
    /// # drop(layer);
    /// # Ok::<(), llm_span::contract::ContractError>(())
    /// ```
    pub fn contracts(mut self, contracts: impl Into<Contracts>) -> Self {
        self.contracts = contracts.into();
        self
    }

    /// Hands findings to this sink, instead of logging them to standard error.
    pub fn findings(mut self, sink: impl FindingSink) -> Self {
        self.findings = Some(Arc::new(sink));
        self
    }

    /// Derives metrics from spans, through this sink; called again, through that one too (so the same sink given twice counts twice).
    ///
    /// Without [`metric_sets`](Self::metric_sets) they are those that come with the contracts. Violations of contracts are counted in any
    /// case ([`MetricSet::violations`](crate::contract::MetricSet::violations)).
    pub fn metrics(mut self, sink: impl MetricSink) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// Derives these metrics instead of those that come with the contracts. Without a sink, or a listener, nothing is derived.
    ///
    /// ```
    /// use llm_span::{LlmLayer, Prometheus, contract::MetricSets};
    ///
    /// let sets = MetricSets::named(["amtp", "gen_ai", "llm_gateway"])?;
    /// let layer = LlmLayer::builder().metrics(Prometheus::new()).metric_sets(sets).build();
    /// # drop(layer);
    /// # Ok::<(), llm_span::contract::MetricError>(())
    /// ```
    pub fn metric_sets(mut self, sets: impl Into<MetricSets>) -> Self {
        self.sets = Some(sets.into());
        self
    }

    /// Tells measurements one by one, as they are made, to this listener: those of metrics that have a name for it
    /// ([`Metric::event`](crate::contract::Metric::event)), such as the token counts of Llama Stack. A call that the listener makes is not
    /// measured.
    ///
    /// ```
    /// use llm_span::{LlmLayer, MetricEvent, contract::MetricSets};
    ///
    /// let layer = LlmLayer::builder()
    ///     .metric_sets(MetricSets::named(["llama_stack"])?)
    ///     .metric_events(|event: &MetricEvent| println!("{event}")) // a closure needs the argument's type
    ///     .build();
    /// # drop(layer);
    /// # Ok::<(), llm_span::contract::MetricError>(())
    /// ```
    pub fn metric_events(mut self, listener: impl MetricEvents) -> Self {
        self.events.push(Box::new(listener));
        self
    }

    /// Has the counters of a call that is expected stand at 0 before the first such call.
    ///
    /// ```
    /// use llm_span::{Announced, LlmLayer, Operation, Prometheus};
    ///
    /// let metrics = Prometheus::new();
    /// let expected = Announced::call(Operation::Chat, "openai", "gpt-4o");
    /// let layer = LlmLayer::builder().metrics(metrics.clone()).announce(expected).build();
    /// assert!(metrics.render(None).body.contains("llm_prompt_tokens_total{"));
    /// # drop(layer);
    /// ```
    pub fn announce(mut self, expected: Announced) -> Self {
        self.announced.push(expected);
        self
    }

    /// The service's name, for the metrics that have it as a label. Otherwise `OTEL_SERVICE_NAME` says it, or `service.name` in
    /// `OTEL_RESOURCE_ATTRIBUTES`; else it is `unknown_service`.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into()).filter(|name| !name.trim().is_empty());
        self
    }

    /// Where the trace and span ids of findings come from.
    pub fn ids(mut self, source: IdSource) -> Self {
        self.ids = source;
        self
    }

    /// The layer.
    pub fn build(self) -> LlmLayer {
        // 0 is no layer's.
        static NUMBERS: AtomicU32 = AtomicU32::new(1);
        listen_for_losses(report_outside_call);
        read_by(told::BESIDE);
        let sets = self.sets.unwrap_or_else(|| MetricSets::of_contracts(&self.contracts)).with_violations();
        let metrics = sets.metrics().to_vec();
        let is_measured = !self.sinks.is_empty() || !self.events.is_empty();
        let schema = Schema::new(self.contracts, if is_measured { &metrics } else { &[] });
        let service = || self.service.unwrap_or_else(service::from_environment).into();
        let engine = is_measured.then(|| {
            let (sinks, events, announced) = (self.sinks, self.events, self.announced);
            Engine::new(Parts { metrics, sinks, events, announced, service: service() })
        });
        let interner = Interner::new(engine.as_ref().map_or(MAX_SYMBOLS, Engine::rooms), MAX_VALUES);
        LlmLayer {
            outcomes: engine.as_ref().map_or_else(Default::default, |engine| engine.outcomes(&interner)),
            is_timed: engine.as_ref().is_some_and(|engine| engine.is_timed),
            schema,
            interner,
            callsites: Callsites::default(),
            engine,
            findings: self.findings.unwrap_or_else(|| Arc::new(LogFindings::default())),
            ids: self.ids,
            dispatch: DispatchHandle::default(),
            made: Instant::now(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            foreign: AtomicBool::new(false),
            ends_at_close: AtomicBool::new(false),
            lost: AtomicUsize::new(0),
            is_found: AtomicBool::new(false),
            keeps_some: AtomicBool::new(false),
        }
    }
}
