//! What Llama Stack's files have besides: variables in texts, lists as texts, the place below `providers`.

use std::path::PathBuf;

use crate::{by_variables, sound, sound_with, urls};

fn config(config: &str) -> String {
    format!("telemetry:\n  - provider_id: meta-reference\n    provider_type: inline::meta-reference\n    config: {{{config}}}\n")
}

#[test]
fn the_defaults_are_the_console_and_a_file() {
    for yaml in [config(""), "telemetry: [{provider_type: \"inline::meta-reference\"}]".to_owned()] {
        let settings = sound_with(&yaml, &[("HOME", "/home/me")]);
        assert!(settings.enabled && settings.console.is_some());
        assert_eq!(
            settings.sqlite.as_ref().map(|sqlite| sqlite.path.clone()),
            Some("/home/me/.llama/runtime/trace_store.db".into())
        );
        assert_eq!((settings.service_name.as_str(), urls(&settings)), ("", [None; 3]));
    }
}

#[test]
fn the_files_folder_is_that_of_llama_stack() {
    let path = |variables: &[(&str, &str)]| sound_with(&config(""), variables).sqlite.unwrap().path;
    assert_eq!(
        path(&[("LLAMA_STACK_CONFIG_DIR", "~/stack"), ("HOME", "/home/me")]),
        PathBuf::from("/home/me/stack/runtime/trace_store.db")
    );
    assert_eq!(path(&[]), PathBuf::from("trace_store.db"));
}

#[test]
fn each_sink_is_chosen_by_itself() {
    let settings = sound(&config("sinks: [otel_trace]"));
    assert!(settings.console.is_none() && settings.sqlite.is_none());
    assert_eq!(urls(&settings), [Some("http://localhost:4318"), None, None]);
    let settings = sound(&config("sinks: \"otel_metric, console\", otel_exporter_otlp_endpoint: \"http://collector:4318/otlp\""));
    assert!(settings.console.is_some() && settings.sqlite.is_none());
    assert_eq!(urls(&settings), [None, Some("http://collector:4318/otlp"), None]);
    assert!(!sound(&config("sinks: []")).has_sinks());
}

#[test]
fn the_sinks_of_the_environment_keep_the_files_settings() {
    let yaml = config("sinks: [console], sqlite_db_path: /var/t.db, otel_exporter_otlp_endpoint: http://collector:4318");
    let settings = sound_with(&yaml, &[("TELEMETRY_SINKS", "sqlite,otel_trace,otel_metric")]);
    assert!(settings.console.is_none());
    assert_eq!(settings.sqlite.as_ref().unwrap().path, PathBuf::from("/var/t.db"));
    assert_eq!(urls(&settings), [Some("http://collector:4318"), Some("http://collector:4318"), None]);
}

#[test]
fn the_sinks_of_the_environment_need_no_file() {
    let settings = by_variables(&[("TELEMETRY_SINKS", "console,otel_trace"), ("OTEL_SERVICE_NAME", "stack")]);
    assert!(settings.console.is_some() && settings.sqlite.is_none());
    assert_eq!((settings.service_name.as_str(), urls(&settings)), ("stack", [Some("http://localhost:4318"), None, None]));
}

#[test]
fn variables_in_texts_are_replaced() {
    let yaml = config(
        "service_name: \"${env.SERVICE:=\u{200b}}\", sinks: \"${env.SINKS:=console,sqlite}\", \
         sqlite_db_path: \"${env.STORE:=~/.llama/dummy}/trace_store.db\", \
         otel_exporter_otlp_endpoint: \"${env.COLLECTOR:=}\"",
    );
    let settings = sound_with(&yaml, &[("HOME", "/home/me")]);
    assert_eq!((settings.service_name.as_str(), settings.console.is_some()), ("", true));
    assert_eq!(settings.sqlite.as_ref().unwrap().path, PathBuf::from("/home/me/.llama/dummy/trace_store.db"));
    let set = [("SERVICE", "s"), ("SINKS", "otel_trace"), ("STORE", "/store"), ("COLLECTOR", "http://collector:4318")];
    let settings = sound_with(&yaml, &set);
    assert_eq!((settings.service_name.as_str(), urls(&settings)[0]), ("s", Some("http://collector:4318")));
    let conditional = config("service_name: \"stack${env.CI:+-ci}\", sqlite_db_path: \"${env.OLD:plain.db}\"");
    assert_eq!(sound(&conditional).service_name, "stack");
    assert_eq!(sound_with(&conditional, &[("CI", "1")]).service_name, "stack-ci");
    assert_eq!(sound(&conditional).sqlite.unwrap().path, PathBuf::from("plain.db"));
}

#[test]
fn the_list_below_providers_is_read_and_none_in_it_is_no_telemetry() {
    let below = "version: 2\nproviders:\n  inference: []\n  telemetry:\n  - provider_type: inline::meta-reference\n    config: {sinks: [console]}\n";
    let settings = sound(below);
    assert!(settings.console.is_some() && settings.sqlite.is_none() && settings.metric_sets.is_some());
    assert!(!sound("providers: {telemetry: []}").enabled);
    assert!(!sound("telemetry: []").enabled);
}
