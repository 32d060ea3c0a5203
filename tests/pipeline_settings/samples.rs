//! Configurations as three systems' documents have them, as they stand.

use std::time::Duration;

use llm_span::{
    Telemetry,
    contract::{MetricSet, MetricSets},
    pipeline::{LogFormat, Protocol, Sampler, Settings, SpanNames},
};

use crate::{sound, urls};

/// Read as a file, as a program does.
fn sample(name: &str) -> Settings {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pipeline_settings/samples").join(name);
    Telemetry::new().file(path).environment([]).settings().unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) const ALL: [&str; 4] = ["llama-stack.yaml", "llm-gateway.yaml", "llm-gateway-stdout.yaml", "twinkle.yaml"];

pub(crate) fn all() -> impl Iterator<Item = (&'static str, Settings)> {
    ALL.into_iter().map(|name| (name, sample(name)))
}

#[test]
fn the_gateways() {
    let settings = sample("llm-gateway.yaml");
    assert!(settings.enabled);
    assert_eq!(settings.service_name, "llm-gateway");
    assert_eq!(settings.sampler, Sampler::Probability(0.1));
    assert_eq!(urls(&settings), [Some("http://localhost:4317"), None, None]);
    assert_eq!(settings.otlp.traces.as_ref().map(|traces| traces.protocol), Some(Protocol::Grpc));
    let prometheus = settings.prometheus.as_ref().unwrap();
    assert_eq!((prometheus.path.as_str(), prometheus.listen), ("/metrics", None));
    assert!(settings.console.is_none() && !settings.json_spans && settings.sqlite.is_none());
    assert_eq!(settings.metric_sets, Some(MetricSets::from(MetricSet::llm_gateway())));
    assert_eq!(settings.span_names, SpanNames::LlmGateway);
    assert_eq!(settings.logs.format, Some(LogFormat::Json));
}

#[test]
fn the_gateways_on_standard_output_keeps_the_defaults_of_what_it_leaves_out() {
    let settings = sample("llm-gateway-stdout.yaml");
    assert_eq!(settings.service_name, "llm-gateway");
    assert_eq!(settings.sampler, Sampler::Always);
    assert!(settings.json_spans);
    assert_eq!(urls(&settings), [None, None, None]);
    assert_eq!(settings.prometheus.map(|prometheus| prometheus.path).as_deref(), Some("/metrics"));
}

#[test]
fn twinkles() {
    let settings = sample("twinkle.yaml");
    assert!(settings.enabled);
    assert_eq!(settings.service_name, "twinkle-server");
    assert_eq!(urls(&settings), [Some("http://localhost:4317"); 3]);
    assert_eq!(settings.otlp.metrics.as_ref().map(|metrics| metrics.protocol), Some(Protocol::Grpc));
    assert_eq!(settings.export_interval, Duration::from_secs(30));
    assert_eq!(settings.metric_sets, Some(MetricSets::from(MetricSet::twinkle())));
    assert!(settings.console.is_none() && settings.resource_attributes.is_empty());
}

#[test]
fn llama_stacks() {
    let settings = sample("llama-stack.yaml");
    assert!(settings.enabled && settings.console.is_some());
    assert_eq!(settings.service_name, "llama-stack-service");
    assert_eq!(urls(&settings), [Some("http://localhost:4318"), Some("http://localhost:4318"), None]);
    assert_eq!(settings.otlp.traces.as_ref().map(|traces| traces.protocol), Some(Protocol::HttpProtobuf));
    assert_eq!(settings.sqlite.map(|sqlite| sqlite.path), Some("/path/to/telemetry.db".into()));
    assert_eq!(settings.metric_sets, Some(MetricSets::from(MetricSet::llama_stack())));
}

#[test]
fn insecure_chooses_between_plaintext_and_tls_unless_a_scheme_does() {
    let url = |exporter: &str| {
        let settings = sound(&format!("observability: {{tracing: {{exporter: {{{exporter}}}}}}}"));
        settings.otlp.traces.unwrap().url
    };
    assert_eq!(url(""), "https://localhost:4317");
    assert_eq!(url("insecure: true"), "http://localhost:4317");
    assert_eq!(url("endpoint: \"collector:4317\""), "https://collector:4317");
    assert_eq!(url("endpoint: \"collector:4317\", insecure: true"), "http://collector:4317");
    assert_eq!(url("endpoint: \"http://collector:4317\", insecure: false"), "http://collector:4317");
    assert_eq!(url("endpoint: \"https://collector:4317\", insecure: true"), "https://collector:4317");
    assert_eq!(url("endpoint: \"[::1]:4317\", insecure: true"), "http://[::1]:4317");
    assert_eq!(url("endpoint: \"collector:4318\""), "https://collector:4318");
}

#[test]
fn parts_of_the_gateways_are_switched_off_each_by_itself() {
    assert!(!sound("observability: {enabled: false}").enabled);
    let settings = sound("observability: {tracing: {enabled: false}}");
    assert!(settings.enabled && settings.prometheus.is_some() && settings.otlp.traces.is_none());
    let settings = sound("observability: {metrics: {enabled: false}, tracing: {enabled: false, exporter: {type: stdout}}}");
    assert!(!settings.has_sinks(), "nor is the console chosen in their place");
    let settings = sound("observability: {metrics: {path: /prom}}");
    assert_eq!(settings.prometheus.unwrap().path, "/prom");
}

#[test]
fn twinkles_debug_is_the_console_in_place_of_otlp() {
    let settings = sound("telemetry: {enabled: true, debug: true, otlp_endpoint: http://collector:4317}");
    assert_eq!(urls(&settings), [None; 3]);
    assert!(settings.console.unwrap().metrics);
    assert!(!sound("telemetry: {service_name: x}").enabled, "it is off unless it is switched on");
}

#[test]
fn twinkles_resource_attributes_are_texts_as_they_are_written() {
    let settings = sound("telemetry:\n  resource_attributes: {version: 1.10, replica: 3, canary: true, service.name: other}");
    let attributes: Vec<(&str, &str)> =
        settings.resource_attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(attributes, [("canary", "true"), ("replica", "3"), ("version", "1.10")]);
    assert_eq!(settings.service_name, "other");
}
