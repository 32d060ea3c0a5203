//! The table of defaults in the documentation, held against what settings come out with.

use llm_span::{
    contract::{Contract, MetricSet, MetricSets},
    pipeline::{OtlpEndpoint, Settings},
};

use crate::{by_variables, read, samples, workers};

const PAGE: &str = include_str!("../../layer/src/pipeline/settings/settings.md");

/// The shortest file of each form, in the order of the table's columns.
const FORMS: [&str; 4] = [
    "llm_span: {enabled: true}",
    "observability: {enabled: true}",
    "telemetry: {debug: false}",
    "telemetry: [{provider_type: \"inline::meta-reference\"}]",
];

/// The rows of the table below a heading, cell by cell, without the head.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let (_, below) = PAGE.split_once(heading).expect("the heading");
    let table = below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    table.skip(2).map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()).collect()
}

#[test]
fn every_default_in_the_table_is_what_settings_come_out_with() {
    let rows = rows("## Defaults");
    assert!(rows.len() > 30, "{}", rows.len());
    for (column, form) in FORMS.into_iter().enumerate() {
        let variables = [("HOME", "~")];
        let settings = read(form, &variables).unwrap();
        // What a signal is sent to once it is switched on.
        let switched_on = read(form, &[("HOME", "~"), ("OTEL_LOGS_EXPORTER", "otlp")]).unwrap();
        let endpoint = switched_on.otlp.logs.as_ref().unwrap();
        for row in &rows {
            let said = &row[column + 1];
            assert_eq!(*said, value(&row[0], &settings, endpoint), "`{}` in `{form}`", row[0]);
        }
    }
}

#[test]
fn no_form_has_the_defaults_of_our_own() {
    let (none, mut own) = (read("", &[]).unwrap(), read(FORMS[0], &[]).unwrap());
    assert_ne!(std::mem::replace(&mut own.origin, none.origin.clone()), none.origin);
    assert_eq!(none, own);
}

#[test]
fn every_setting_of_the_one_table_is_in_the_other() {
    let said = rows("## Where each is said");
    for row in rows("## Defaults") {
        assert!(said.iter().any(|other| other[0] == row[0]), "{}", row[0]);
    }
}

#[test]
fn every_variable_that_a_worker_is_given_is_in_the_table() {
    let settings = samples::all().map(|(_, settings)| settings).chain([workers::everything()]);
    for (name, _) in settings.flat_map(|settings| settings.worker_environment()) {
        let for_all = ["TRACES_", "METRICS_", "LOGS_"].iter().find_map(|signal| {
            let setting = name.strip_prefix("OTEL_EXPORTER_OTLP_")?.strip_prefix(signal)?;
            Some(format!("OTEL_EXPORTER_OTLP_{setting}"))
        });
        let name = for_all.unwrap_or(name);
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_example_of_our_own_form_is_read() {
    let (_, yaml) = PAGE.split_once("```yaml\n").unwrap();
    let (yaml, _) = yaml.split_once("```").unwrap();
    let settings = read(&yaml.replace('…', "token"), &[]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(settings.otlp.traces.unwrap().url, "https://traces:4318/v1/traces");
}

fn value(setting: &str, settings: &Settings, endpoint: &OtlpEndpoint) -> String {
    let on = |is_on: bool| if is_on { "on" } else { "–" }.to_owned();
    let or_nothing = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let seconds = |time: std::time::Duration| format!("{}s", time.as_secs());
    let variable =
        |name: &str| settings.worker_environment().into_iter().find(|(other, _)| other == name).map(|(_, value)| value);
    let debug = |text: &dyn std::fmt::Debug| format!("{text:?}").to_lowercase();
    let sqlite = settings.sqlite.as_ref();
    let prometheus = settings.prometheus.as_ref();
    match setting {
        "enabled" => settings.enabled.to_string(),
        "service_name" => or_nothing(settings.service_name.clone()),
        "resource_attributes" => or_nothing(settings.resource_attributes.keys().cloned().collect()),
        "sampler" => settings.sampler.to_string(),
        "sinks.console" => on(settings.console.is_some()),
        "sinks.console.metrics" => settings.console.as_ref().is_some_and(|console| console.metrics).to_string(),
        "sinks.json_spans" => settings.json_spans.to_string(),
        "sinks.sqlite" => or_nothing(sqlite.map(|sqlite| sqlite.path.display().to_string()).unwrap_or_default()),
        "sinks.sqlite.max_age" => or_nothing(sqlite.and_then(|sqlite| sqlite.max_age).map(seconds).unwrap_or_default()),
        "sinks.sqlite.max_size" => {
            or_nothing(sqlite.and_then(|sqlite| sqlite.max_bytes).map(|size| size.to_string()).unwrap_or_default())
        }
        "sinks.otlp.traces" => on(settings.otlp.traces.is_some()),
        "sinks.otlp.metrics" => on(settings.otlp.metrics.is_some()),
        "sinks.otlp.logs" => on(settings.otlp.logs.is_some()),
        "sinks.otlp.endpoint" => endpoint.url.clone(),
        "sinks.otlp.protocol" => endpoint.protocol.name().to_owned(),
        "sinks.otlp.headers" => on(!endpoint.headers.is_empty()),
        "sinks.otlp.timeout" => seconds(endpoint.timeout),
        "sinks.otlp.compression" => debug(&endpoint.compression),
        "sinks.otlp.certificate" => on(endpoint.certificate.is_some()),
        "sinks.otlp.client_certificate" | "sinks.otlp.client_key" => on(endpoint.client_certificate.is_some()),
        // The scheme of a URL without one.
        "sinks.otlp.insecure" => {
            let bare = [("OTEL_LOGS_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")];
            by_variables(&bare).otlp.logs.unwrap().url.starts_with("http://").to_string()
        }
        "sinks.prometheus" => or_nothing(prometheus.map(|prometheus| prometheus.path.clone()).unwrap_or_default()),
        "sinks.prometheus.listen" => on(prometheus.is_some_and(|prometheus| prometheus.listen.is_some())),
        "export_interval" => seconds(settings.export_interval),
        "contracts" => settings.contracts.iter().map(Contract::name).collect::<Vec<_>>().join(", "),
        "findings" => debug(&settings.findings),
        "metric_sets" => settings.metric_sets.as_ref().map_or("default", set_name).to_owned(),
        "span_names" => variable("LLM_SPAN_SPAN_NAMES").unwrap(),
        "span_filter" => settings.span_filter.clone(),
        "logs.format" => settings.logs.format.map_or("auto".to_owned(), |format| debug(&format)),
        "logs.output" => debug(&settings.logs.output),
        "logs.filter" => settings.logs.filter.clone(),
        "logs.span_fields" => or_nothing(settings.logs.span_fields.iter().map(|(field, _)| field.as_str()).collect()),
        "logs.llm_fields" => settings.logs.llm_fields.to_string(),
        "queue.capacity" => settings.queue.capacity.to_string(),
        "queue.batch" => settings.queue.batch.to_string(),
        "queue.delay" => seconds(settings.queue.delay),
        "shutdown_timeout" => seconds(settings.shutdown_timeout),
        other => panic!("no setting {other}"),
    }
}

fn set_name(sets: &MetricSets) -> &'static str {
    let is = |name: &&str| MetricSets::named([*name]).unwrap() == *sets;
    MetricSet::NAMES.into_iter().find(is).expect("one built-in set")
}
