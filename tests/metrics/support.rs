//! A subscriber with an OpenTelemetry layer and ours, which counts into a meter and for a scrape at once.

use llm_span::{
    CollectFindings, CollectMetricEvents, Gauges, LlmLayer, LlmLayerBuilder, OtelMetrics, Prometheus,
    contract::{Metric, MetricSet, MetricSets},
};
use opentelemetry::{metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_sdk::{
    metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider},
    trace::{InMemorySpanExporter, Sampler, SdkTracerProvider},
};
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::prelude::*;

use super::{
    own_sink::OwnSink,
    series::{Series, of_meter, of_scrape, with_plain_bounds},
};

/// Telemetry of one test.
pub(crate) struct Telemetry {
    pub(crate) gauges: Gauges,
    pub(crate) events: CollectMetricEvents,
    pub(crate) findings: CollectFindings,
    pub(crate) sinks: Sinks,
    spans: InMemorySpanExporter,
    tracers: SdkTracerProvider,
    dispatch: Dispatch,
}

/// Both ways that metrics take.
#[derive(Clone)]
pub(crate) struct Sinks {
    otel: OtelMetrics,
    prometheus: Prometheus,
    own: OwnSink,
    exported: InMemoryMetricExporter,
    meters: SdkMeterProvider,
    metrics: Vec<Metric>,
}

impl Sinks {
    /// Sinks of these metrics, and of the violations that every layer counts.
    pub(crate) fn of(sets: &MetricSets) -> Self {
        let exported = InMemoryMetricExporter::default();
        let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exported.clone()).build()).build();
        let mut metrics = sets.metrics().to_vec();
        metrics.extend(MetricSet::violations().metrics().to_vec());
        Self {
            otel: OtelMetrics::new(&meters.meter("llm")),
            prometheus: Prometheus::new(),
            // Of some tests all values are handed over in lots, of others none: what is measured is the same.
            own: OwnSink::new(!sets.metrics().len().is_multiple_of(2)),
            exported,
            meters,
            metrics,
        }
    }

    /// All of them for a layer.
    pub(crate) fn join(&self, layer: LlmLayerBuilder) -> LlmLayerBuilder {
        layer.metrics(self.otel.clone()).metrics(self.prometheus.clone()).metrics(self.own.clone())
    }

    /// What all of them have, which must be the same.
    #[track_caller]
    pub(crate) fn series(&self) -> Series {
        let own = self.own.series();
        for (way, collected) in [("the meter", self.metered()), ("the scrape", self.scraped())] {
            for (series, value) in &own {
                let other = collected.get(series).unwrap_or_else(|| panic!("{way} has no {series}, but {collected:#?}"));
                let is_close =
                    value == other || (value - other).abs() <= value.abs() * 1e-9 || (value.is_nan() && other.is_nan());
                assert!(is_close, "{series} is {value}, in {way} {other}");
            }
            let others: Vec<_> = collected.keys().filter(|series| !own.contains_key(*series)).collect();
            assert!(others.is_empty(), "only {way} has {others:?}");
        }
        own
    }

    pub(crate) fn metered(&self) -> Series {
        self.exported.reset();
        self.meters.force_flush().unwrap();
        with_plain_bounds(of_meter(&self.exported.get_finished_metrics().unwrap(), &self.metrics))
    }

    pub(crate) fn scraped(&self) -> Series {
        with_plain_bounds(of_scrape(&self.prometheus.render(None).body))
    }
}

impl Telemetry {
    /// Derives these metrics alone, besides violations.
    pub(crate) fn of(metrics: impl IntoIterator<Item = Metric>) -> Self {
        let set = MetricSet::new("test", metrics).unwrap();
        Self::start(Sampler::AlwaysOn, LlmLayer::builder(), set.into())
    }

    /// Derives these sets.
    pub(crate) fn of_sets<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self::start(Sampler::AlwaysOn, LlmLayer::builder(), MetricSets::named(names).unwrap())
    }

    pub(crate) fn start(sampler: Sampler, layer: LlmLayerBuilder, sets: MetricSets) -> Self {
        llm_span::testing::keep_callsites_open();
        let spans = InMemorySpanExporter::default();
        let takes_lots = !matches!(sampler, Sampler::AlwaysOn);
        let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).with_sampler(sampler).build();
        let (events, findings) = (CollectMetricEvents::default(), CollectFindings::default());
        let mut sinks = Sinks::of(&sets);
        if takes_lots {
            sinks.own = OwnSink::new(true);
        }
        let layer = layer.findings(findings.clone()).metric_sets(sets).metric_events(events.clone());
        let layer = sinks.join(layer).build();
        let gauges = layer.gauges();
        let opentelemetry = tracing_opentelemetry::layer().with_tracer(tracers.tracer("llm"));
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(opentelemetry).with(layer));
        Self { gauges, events, findings, sinks, spans, tracers, dispatch }
    }

    pub(crate) fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// Runs a part of the program under this telemetry.
    pub(crate) fn run<T>(&self, program: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.dispatch, program)
    }

    /// How many spans were exported.
    pub(crate) fn exported(&self) -> usize {
        self.tracers.force_flush().unwrap();
        self.spans.get_finished_spans().unwrap().len()
    }

    /// What was measured, by either way.
    #[track_caller]
    pub(crate) fn series(&self) -> Series {
        self.sinks.series()
    }

    /// What was measured, but buckets and seconds that nobody can know.
    #[track_caller]
    pub(crate) fn exact(&self) -> Series {
        let is_exact = |series: &str| !series.contains("_bucket{") && !series.contains("seconds_sum");
        self.series().into_iter().filter(|(series, _)| is_exact(series)).collect()
    }

    /// The value of a series; `None` where there is none.
    #[track_caller]
    pub(crate) fn value(&self, series: &str) -> Option<f64> {
        self.series().get(series).copied()
    }
}

/// What is expected, as [`Series`] has it.
pub(crate) fn expected<const N: usize>(series: [(&str, f64); N]) -> Series {
    series.into_iter().map(|(series, value)| (series.to_owned(), value)).collect()
}
