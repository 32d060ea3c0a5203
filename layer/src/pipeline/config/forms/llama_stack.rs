//! Llama Stack's block `telemetry`, a list of providers, and its variable of sinks.

use std::path::PathBuf;

use llm_span_contract::{MetricSet, MetricSets};

use super::super::{
    block::Field,
    draft::{Draft, Signal},
    endpoint::EndpointChanges,
    environment::Environment,
    said::Said,
    values,
};
use crate::pipeline::settings::{ConsoleSettings, OtlpEndpoint, Protocol, SqliteSettings};

/// The variable that names sinks.
pub(super) const SINKS: &str = "TELEMETRY_SINKS";

const PROVIDER: &str = "inline::meta-reference";
const NAMES: [(&str, Sink); 4] =
    [("console", Sink::Console), ("sqlite", Sink::Sqlite), ("otel_trace", Sink::Traces), ("otel_metric", Sink::Metrics)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sink {
    Console,
    Sqlite,
    Traces,
    Metrics,
}

/// Those of a provider.
pub(super) const KEYS: [&str; 3] = ["provider_id", "provider_type", "config"];

/// What its document says where a file says nothing.
pub(super) fn defaults(variables: &Environment, draft: &mut Draft<'_>) {
    draft.are_sinks_chosen = true;
    draft.endpoint = OtlpEndpoint::http("http://localhost:4318");
    draft.settings.console = Some(ConsoleSettings::default());
    draft.sqlite = SqliteSettings::new(default_path(variables));
    draft.keep(true);
    draft.settings.metric_sets = Some(MetricSets::from(MetricSet::llama_stack()));
}

/// Where Llama Stack keeps it itself, below the folder of its configuration; without a home, in the working folder.
fn default_path(variables: &Environment) -> PathBuf {
    let folder = variables.get("LLAMA_STACK_CONFIG_DIR").map(|folder| variables.expanded(folder));
    let folder = folder.or_else(|| variables.get("HOME").map(|home| format!("{home}/.llama")));
    folder.map_or_else(PathBuf::new, |folder| PathBuf::from(folder).join("runtime")).join("trace_store.db")
}

pub(super) fn apply(field: &Field<'_>, variables: &Environment, draft: &mut Draft<'_>) {
    let Some(providers) = field.list("a list of providers") else { return };
    let [provider, further @ ..] = providers.as_slice() else {
        // No provider of telemetry: there is none.
        draft.settings.enabled = false;
        return;
    };
    for provider in further {
        provider.refuse("is a further provider; expected one, with all sinks in its `config`");
    }
    let Some(block) = provider.block(&KEYS) else { return };
    let kind = block.get("provider_type");
    match kind.as_ref().map(|field| field.text("`inline::meta-reference`")) {
        None => provider.refuse(format_args!("has no `provider_type`; expected `provider_type: {PROVIDER}`")),
        Some(said) => drop(said.and_then(|said| said.one_of(&[(PROVIDER, ())]))),
    }
    if let Some(field) = block.get("provider_id") {
        field.text("a name");
    }
    if let Some(config) = block.get("config") {
        apply_config(&config, variables, draft);
    }
}

fn apply_config(field: &Field<'_>, variables: &Environment, draft: &mut Draft<'_>) {
    let keys = ["service_name", "sinks", "otel_exporter_otlp_endpoint", "sqlite_db_path"];
    let Some(block) = field.block(&keys) else { return };
    super::service_name(block.get("service_name").and_then(|field| field.text("a name")), draft);
    let endpoint = block.get("otel_exporter_otlp_endpoint").and_then(|field| field.text("an endpoint: `http://localhost:4318`"));
    // `${env.OTEL_EXPORTER_OTLP_ENDPOINT:=}` comes to nothing: the default holds.
    let url = endpoint.filter(|said| !said.text.trim().is_empty());
    let protocol = url.is_some().then_some(Protocol::HttpProtobuf);
    EndpointChanges { url, protocol, ..EndpointChanges::default() }.apply_to_all(draft);
    let path = block.get("sqlite_db_path").and_then(|field| field.text("the path of a file"));
    if let Some(said) = path {
        let path = variables.expanded(said.text.trim());
        if said.read(|_| values::file_path(&path).map(drop)).is_some() {
            draft.each_sqlite(|sqlite| sqlite.path = PathBuf::from(&path));
        }
    }
    if let Some(names) = block.get("sinks").and_then(|field| field.names("a list of sinks: `['console', 'sqlite']`")) {
        sinks(&names, draft);
    }
}

pub(super) fn apply_variables(variables: &Environment, draft: &mut Draft<'_>) {
    if let Some(said) = variables.said(SINKS, draft.problems) {
        sinks(&said.parts(), draft);
    }
}

/// Exactly these, each by itself.
fn sinks(names: &[Said<'_>], draft: &mut Draft<'_>) {
    let Some(sinks) = names.iter().map(|said| said.one_of(&NAMES)).collect::<Option<Vec<Sink>>>() else { return };
    let console = draft.settings.console.take().unwrap_or_default();
    draft.settings.console = sinks.contains(&Sink::Console).then_some(console);
    draft.keep(sinks.contains(&Sink::Sqlite));
    draft.send(Signal::Traces, sinks.contains(&Sink::Traces));
    draft.send(Signal::Metrics, sinks.contains(&Sink::Metrics));
}
