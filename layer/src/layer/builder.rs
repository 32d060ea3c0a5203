//! Sets up an [`LlmLayer`].

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use llm_span_contract::Contracts;
use papaya::HashMap;

use super::{
    LlmLayer,
    intern::Interner,
    measure::Engine,
    outside::report_outside_call,
    schema::{MAX_SYMBOLS, Schema},
};
use crate::{
    call::listen_for_losses,
    findings::{FindingSink, LogFindings},
    ids::{DispatchHandle, IdSource},
    metrics::MetricSink,
};

/// So many different values a label may have.
const MAX_VALUES: usize = 2_000;

/// Sets up an [`LlmLayer`]; see [`LlmLayer::builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct LlmLayerBuilder {
    contracts: Contracts,
    findings: Option<Arc<dyn FindingSink>>,
    metrics: Option<Box<dyn MetricSink>>,
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

    /// Derives the contracts' metrics, through this sink.
    pub fn metrics(mut self, sink: impl MetricSink) -> Self {
        self.metrics = Some(Box::new(sink));
        self
    }

    /// Where the trace and span ids of findings come from.
    pub fn ids(mut self, source: IdSource) -> Self {
        self.ids = source;
        self
    }

    /// The layer.
    pub fn build(self) -> LlmLayer {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        listen_for_losses(report_outside_call);
        let schema = Schema::new(self.contracts);
        let engine = self.metrics.map(|sink| Engine::new(&schema, sink.as_ref()));
        LlmLayer {
            schema,
            interner: Interner::new(MAX_SYMBOLS, MAX_VALUES),
            plans: HashMap::default(),
            engine,
            findings: self.findings.unwrap_or_else(|| Arc::new(LogFindings::default())),
            ids: self.ids,
            dispatch: DispatchHandle::default(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            foreign: AtomicBool::new(false),
        }
    }
}
