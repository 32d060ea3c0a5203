//! What the gateway says of its telemetry; a file and the environment have the last word.

use llm_span::{
    Telemetry,
    contract::{Measure, Metric, MetricError, MetricSet, MetricSets, Spans},
    pipeline::{LogSettings, PrometheusSettings, SpanNames},
};

use crate::arguments::Arguments;

/// What the dashboards of these systems read, and the conventions'.
const SETS: [&str; 5] = ["llm_gateway", "twinkle", "amtp", "gen_ai", "llama_stack"];

/// The client of providers logs what it could not read, answers among it.
const LINES: &str = "info,async_openai=off";

/// Settings of the gateway. A worker has what its supervisor has read, by its environment, and reads no file.
pub(crate) fn telemetry(arguments: &Arguments, is_worker: bool) -> Result<Telemetry, MetricError> {
    let telemetry = Telemetry::new()
        .service_name("llm-gateway")
        .metric_sets(MetricSets::named(SETS)?)
        .own_metrics(own_metrics()?)
        .span_names(SpanNames::LlmGateway)
        .prometheus(PrometheusSettings::default())
        .logs(LogSettings::json().filter(LINES).span_field("http.request_id", "request_id"));
    Ok(match &arguments.config {
        Some(file) if !is_worker => telemetry.file(file),
        _ => telemetry,
    })
}

/// Whoever looks for spans that are never closed looks here: at rest the one of the scrape itself is open.
fn own_metrics() -> Result<MetricSet, MetricError> {
    let open = Metric::up_down_counter("gateway.spans.open").unit("{span}").description("Spans that are open.");
    MetricSet::new("gateway", [open.of(Spans::all()).measure(Measure::Open).build()?])
}
