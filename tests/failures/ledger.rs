//! A subscriber with a capture and counters in it, and what was counted.

use std::cell::Cell;

use llm_span::{
    CollectFindings, LlmLayer, OtelMetrics, Usage,
    contract::FindingKind,
    current_call, record_usage,
    testing::{self, Calls, Tokens},
};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics},
};
use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::prelude::*;

/// The default subscriber of this thread, with the layer, a meter, and a layer that captures attach to.
pub(crate) struct Ledger {
    findings: CollectFindings,
    metrics: InMemoryMetricExporter,
    meters: SdkMeterProvider,
    dispatch: Dispatch,
    /// What was counted when it was last asked for.
    before: Cell<Tokens>,
    default: Option<DefaultGuard>,
}

/// A ledger, and a capture that is attached to it.
pub(crate) fn open() -> (Ledger, Calls) {
    let ledger = Ledger::open();
    (ledger, testing::capture())
}

impl Ledger {
    pub(crate) fn open() -> Self {
        let metrics = InMemoryMetricExporter::default();
        let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(metrics.clone()).build()).build();
        let findings = CollectFindings::default();
        let layer = LlmLayer::builder().findings(findings.clone()).metrics(OtelMetrics::new(&meters.meter("llm"))).build();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(testing::layer()).with(layer));
        let default = Some(tracing::dispatcher::set_default(&dispatch));
        Self { findings, metrics, meters, dispatch, before: Cell::default(), default }
    }

    /// For threads and tasks of the test's.
    pub(crate) fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// What the counters have counted since this was last asked.
    pub(crate) fn counted(&self) -> Tokens {
        let now = self.counters();
        let Tokens { prompt, completion, total } = self.before.replace(now);
        Tokens { prompt: now.prompt - prompt, completion: now.completion - completion, total: now.total - total }
    }

    /// The subscriber is this thread's no longer.
    pub(crate) fn leave(&mut self) {
        self.default = None;
    }

    /// Asserts that no call is under way on this thread: what is recorded is lost, and told so.
    #[track_caller]
    pub(crate) fn assert_nothing_is_under_way(&self) {
        assert!(!current_call().is_open(), "a call is still under way");
        self.lost();
        record_usage(Usage::new(1_000_003, 1_000_003));
        assert_eq!(self.lost(), 1, "a record outside of calls was not told");
    }

    /// How many records were lost since this was last asked.
    fn lost(&self) -> usize {
        self.findings.take().iter().filter(|found| found.finding.kind == FindingKind::RecordedOutsideCall).count()
    }

    fn counters(&self) -> Tokens {
        self.metrics.reset();
        self.meters.force_flush().unwrap();
        let exported = self.metrics.get_finished_metrics().unwrap();
        let metrics = exported.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
        let mut counted = Tokens::default();
        for metric in metrics {
            let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else { continue };
            let sum = sum.data_points().map(|point| i64::try_from(point.value()).unwrap()).sum();
            match metric.name() {
                "prompt_tokens" => counted.prompt = sum,
                "completion_tokens" => counted.completion = sum,
                "total_tokens" => counted.total = sum,
                _ => {}
            }
        }
        counted
    }
}
