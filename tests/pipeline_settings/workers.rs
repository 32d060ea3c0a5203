//! A worker that is given its parent's settings by variables comes out with the same.

use std::collections::HashSet;

use llm_span::{
    Telemetry,
    contract::{AttributeType, Contract},
    pipeline::{OtlpEndpoint, Settings},
};

use crate::{own_form::EVERYTHING, samples, sound, with};

pub(crate) fn everything() -> Settings {
    sound(EVERYTHING)
}

/// All but where it was read from.
fn of_origin(worker: Settings, parent: &Settings) -> Settings {
    let mut worker = worker;
    assert!(worker.origin.starts_with("no file"), "{}", worker.origin);
    worker.origin.clone_from(&parent.origin);
    worker.is_twinkle_worker = parent.is_twinkle_worker;
    worker
}

/// What a worker comes out with that has nothing but its environment.
fn worker(settings: &Settings) -> Settings {
    let variables = settings.worker_environment();
    let names: HashSet<&String> = variables.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), variables.len(), "each variable once");
    let worker = Telemetry::new().variables(variables).settings().unwrap_or_else(|errors| panic!("{errors}"));
    of_origin(worker, settings)
}

#[test]
fn of_every_sample() {
    for (name, settings) in samples::all() {
        assert_eq!(worker(&settings), settings, "{name}");
    }
}

#[test]
fn of_settings_of_everything() {
    let settings = everything();
    let worker = worker(&settings);
    assert_eq!(worker, settings);
    assert_eq!(worker.otlp.traces.unwrap().headers[0].1.expose(), "Bearer a=b,c d", "secrets, too");
}

#[test]
fn of_settings_of_nothing() {
    for yaml in [
        "",
        "llm_span: {sinks: []}",
        "llm_span: {enabled: false, contracts: none, metric_sets: none}",
        "llm_span: {metric_sets: [gen_ai, amtp, spanmetrics], contracts: [amtp]}",
        "observability: {enabled: false}",
        "telemetry: {enabled: false}",
        "telemetry: {enabled: true, debug: true, resource_attributes: {a: \"b,c=d é\"}}",
        "telemetry: [{provider_type: \"inline::meta-reference\", config: {sinks: [sqlite, otel_metric]}}]",
        "telemetry: []",
    ] {
        let settings = sound(yaml);
        assert_eq!(worker(&settings), settings, "{yaml}");
    }
}

#[test]
fn twinkles_own_workers_read_theirs() {
    let variables = sound("telemetry: {enabled: true, service_name: s, export_interval_ms: 1000}").worker_environment();
    let value = |name: &str| variables.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    assert_eq!(value("TWINKLE_TELEMETRY_ENABLED"), Some("1"));
    assert_eq!(value("TWINKLE_TELEMETRY_DEBUG"), Some("0"));
    assert_eq!(value("TWINKLE_TELEMETRY_SERVICE"), Some("s"));
    assert_eq!(value("TWINKLE_TELEMETRY_ENDPOINT"), Some("http://localhost:4317"));
    assert_eq!(value("TWINKLE_TELEMETRY_INTERVAL"), Some("1000"));
    assert!(everything().worker_environment().iter().all(|(name, _)| !name.starts_with("TWINKLE")));
}

#[test]
fn endpoints_that_the_program_gives_signals_reach_the_worker() {
    let settings = with(
        Telemetry::new().set(|settings| {
            settings.otlp.traces = Some(OtlpEndpoint::http("http://traces:4318"));
            settings.otlp.logs = Some(OtlpEndpoint::grpc("logs:4317").header("x", "1"));
        }),
        &[],
    );
    let worker = worker(&settings.unwrap()).otlp;
    let (traces, logs) = (worker.traces.unwrap(), worker.logs.unwrap());
    assert_eq!((traces.url.as_str(), traces.is_signal_url), ("http://traces:4318/v1/traces", true));
    assert_eq!((logs.url.as_str(), logs.headers.len(), traces.headers.len()), ("https://logs:4317", 1, 0));
    assert!(worker.metrics.is_none());
}

#[test]
fn a_contract_of_the_programs_own_is_left_to_the_workers_program() {
    let ours = || Contract::amtp().extend("ours").require("tenant.id", AttributeType::String).build().unwrap();
    let settings = with(Telemetry::new().contracts(ours()), &[]).unwrap();
    let variables = settings.worker_environment();
    assert!(variables.iter().all(|(name, _)| name != "LLM_SPAN_CONTRACTS"));
    let worker = Telemetry::new().contracts(ours()).variables(variables).settings().unwrap();
    assert_eq!(worker, settings);
}
