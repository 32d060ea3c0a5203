//! Twinkle's block `telemetry`, a mapping, and the variables by which its workers are told.

use std::time::Duration;

use llm_span_contract::{MetricSet, MetricSets};

use super::super::{block::Field, draft::Draft, endpoint::EndpointChanges, environment::Environment, said::Said, values};
use crate::pipeline::settings::{ConsoleSettings, OtlpEndpoint, Protocol};

/// The variables that Twinkle's launcher hands to its workers.
pub(super) const ENABLED: &str = "TWINKLE_TELEMETRY_ENABLED";

pub(super) const KEYS: [&str; 6] =
    ["enabled", "service_name", "otlp_endpoint", "debug", "export_interval_ms", "resource_attributes"];

/// What its document says where a file says nothing.
pub(super) fn defaults(draft: &mut Draft<'_>) {
    draft.are_sinks_chosen = true;
    draft.endpoint = OtlpEndpoint::grpc("http://localhost:4317");
    draft.send_all(true);
    let settings = &mut draft.settings;
    settings.enabled = false;
    settings.service_name = "twinkle-server".into();
    settings.export_interval = Duration::from_secs(30);
    settings.metric_sets = Some(MetricSets::from(MetricSet::twinkle()));
}

pub(super) fn apply(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&KEYS) else { return };
    if let Some(is_on) = block.get("enabled").and_then(|field| field.boolean()) {
        draft.settings.enabled = is_on;
    }
    let name = block.get("service_name");
    super::service_name(name.as_ref().and_then(|field| field.text("a name")), draft);
    endpoint(block.get("otlp_endpoint").and_then(|field| field.text("an endpoint: `http://localhost:4317`")), draft);
    if let Some(is_on) = block.get("debug").and_then(|field| field.boolean()) {
        debug(is_on, draft);
    }
    interval(block.get("export_interval_ms").and_then(|field| field.number("milliseconds: 30000")), draft);
    if let Some(field) = block.get("resource_attributes") {
        super::resource_attributes(&field, name.is_some(), draft);
    }
}

pub(super) fn apply_variables(variables: &Environment, draft: &mut Draft<'_>) {
    let problems = draft.problems;
    if let Some(is_on) = variables.said(ENABLED, problems).and_then(|said| said.boolean()) {
        draft.settings.enabled = is_on;
    }
    super::service_name(variables.said("TWINKLE_TELEMETRY_SERVICE", problems), draft);
    endpoint(variables.said("TWINKLE_TELEMETRY_ENDPOINT", problems), draft);
    if let Some(is_on) = variables.said("TWINKLE_TELEMETRY_DEBUG", problems).and_then(|said| said.boolean()) {
        debug(is_on, draft);
    }
    interval(variables.said("TWINKLE_TELEMETRY_INTERVAL", problems), draft);
}

/// Spoken to by gRPC, whatever the port.
fn endpoint(said: Option<Said<'_>>, draft: &mut Draft<'_>) {
    let protocol = said.is_some().then_some(Protocol::Grpc);
    EndpointChanges { url: said, protocol, ..EndpointChanges::default() }.apply_to_all(draft);
}

/// The console, with what metrics come to, in place of OTLP.
fn debug(is_on: bool, draft: &mut Draft<'_>) {
    draft.settings.console = is_on.then_some(ConsoleSettings { metrics: true });
    draft.send_all(!is_on);
}

fn interval(said: Option<Said<'_>>, draft: &mut Draft<'_>) {
    if let Some(interval) = said.and_then(|said| said.milliseconds(values::INTERVAL)) {
        draft.settings.export_interval = interval;
    }
}
