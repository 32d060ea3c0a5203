//! A flood of model names: the memory that labels and series take is bounded, and no token is lost. Alone in its process, since it looks at
//! the memory of the process.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fs, ops::Range, thread};

use llm_span::{
    IgnoreFindings, LlmLayer, OtelMetrics, Prometheus,
    contract::{Contracts, Measure, Metric, MetricSet, MetricSets},
};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tracing::{Dispatch, dispatcher, info_span};
use tracing_subscriber::prelude::*;

const MODELS: u64 = 1_000_000;
const THREADS: u64 = 2;
/// So many label sets of a metric are told apart, and one series has the rest.
const MOST: usize = 1_991;
/// What an allocator may keep for itself. A million names would be some ten times as much, their sums a hundred times.
const ROOM: u64 = 8 << 20;

/// Calls of as many models as there are numbers, on several threads.
fn flood(dispatch: &Dispatch, models: &Range<u64>) {
    thread::scope(|scope| {
        for part in 0..THREADS {
            let models = models.clone().filter(move |i| i % THREADS == part);
            scope.spawn(move || dispatcher::with_default(dispatch, || models.for_each(ask)));
        }
    });
}

fn ask(model: u64) {
    let name = format!("a-model-that-nobody-has-ever-heard-of-{model}");
    info_span!("ask", llm.provider = "openai", llm.model = name, llm.tokens.prompt = 3_i64, llm.tokens.completion = 2_i64);
}

/// The bytes of memory that this process has resident; `None` where the system does not tell.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn sets() -> MetricSets {
    let by_provider = Metric::counter("calls").of_spans_with("llm.model").measure(Measure::Closed).label("llm.provider");
    let by_model = Metric::histogram("call.duration", [1.0]).unit("s").of_spans_with("llm.model").measure(Measure::Duration);
    let ours = [by_provider.build().unwrap(), by_model.label("llm.model").build().unwrap()];
    MetricSets::new([MetricSet::amtp(), MetricSet::llama_stack(), MetricSet::new("ours", ours).unwrap()]).unwrap()
}

/// Each metric's series, as a scrape has them: how many, and their sum.
fn scraped(prometheus: &Prometheus) -> BTreeMap<String, (usize, u64)> {
    let text = prometheus.render(None).body;
    let mut all = BTreeMap::<_, (usize, u64)>::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.contains("_seconds_sum")) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        let (count, sum) = all.entry(name.to_owned()).or_default();
        *count += 1;
        *sum += value.parse::<u64>().unwrap();
    }
    all
}

#[test]
fn a_million_models_take_no_more_memory_than_some() {
    let (prometheus, meters) = (Prometheus::new(), SdkMeterProvider::builder().build());
    let layer = LlmLayer::builder().contracts(Contracts::none()).findings(IgnoreFindings).metric_sets(sets());
    let layer = layer.metrics(prometheus.clone()).metrics(OtelMetrics::new(&meters.meter("llm"))).build();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    flood(&dispatch, &(0..20_000));
    let before = resident();
    flood(&dispatch, &(20_000..MODELS));
    let grown = before.zip(resident()).map(|(before, after)| after.saturating_sub(before));
    assert!(grown.is_none_or(|grown| grown < ROOM), "{grown:?} bytes more");
    let scraped = scraped(&prometheus);
    let tokens = [("llm_prompt_tokens_total", 3), ("llm_completion_tokens_total", 2), ("llama_stack_tokens_total", 5)];
    for (name, each) in tokens.into_iter().chain([("call_duration_seconds_count", 1)]) {
        let (series, sum) = scraped[name];
        assert_eq!((series, sum), (MOST, each * MODELS), "{name}");
    }
    assert_eq!(scraped["calls_total"], (1, MODELS), "it has no model, and no part in the flood");
    assert!(scraped.values().all(|(series, _)| *series <= 2 * MOST));
}
