//! Settings from code, files and the environment: what they come out with, and what is refused.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod defaults_table;
mod hostile;
mod layers;
mod llama_stack;
mod own_form;
mod refused;
mod samples;
mod secrets;
mod standard_variables;
mod workers;
mod yaml;

use llm_span::{
    Telemetry,
    pipeline::{Settings, SettingsErrors},
};

/// What a file and variables come out with.
fn read(yaml: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsErrors> {
    with(Telemetry::new().yaml("config.yaml", yaml), variables)
}

/// What variables come out with, without a file.
fn read_variables(variables: &[(&str, &str)]) -> Result<Settings, SettingsErrors> {
    with(Telemetry::new(), variables)
}

fn with(telemetry: Telemetry, variables: &[(&str, &str)]) -> Result<Settings, SettingsErrors> {
    telemetry.variables(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).settings()
}

#[track_caller]
fn sound(yaml: &str) -> Settings {
    sound_with(yaml, &[])
}

#[track_caller]
fn sound_with(yaml: &str, variables: &[(&str, &str)]) -> Settings {
    read(yaml, variables).unwrap_or_else(|errors| panic!("{errors}"))
}

#[track_caller]
fn by_variables(variables: &[(&str, &str)]) -> Settings {
    read_variables(variables).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The URLs that signals are sent to: traces, metrics, logs.
fn urls(settings: &Settings) -> [Option<&str>; 3] {
    let otlp = &settings.otlp;
    [&otlp.traces, &otlp.metrics, &otlp.logs].map(|endpoint| endpoint.as_ref().map(|endpoint| endpoint.url.as_str()))
}
