//! The LLM gateway's block `observability`.

use llm_span_contract::{MetricSet, MetricSets};

use super::super::{
    block::{Block, Field},
    draft::{Draft, Signal},
    endpoint::EndpointChanges,
    values,
};
use crate::pipeline::settings::{LogFormat, OtlpEndpoint, PrometheusSettings, Protocol, Sampler, SpanNames};

const ENDPOINT: &str = "localhost:4317";

/// What its document says where a file says nothing.
pub(super) fn defaults(draft: &mut Draft<'_>) {
    draft.are_sinks_chosen = true;
    draft.endpoint = OtlpEndpoint::grpc(ENDPOINT);
    draft.send(Signal::Traces, true);
    let settings = &mut draft.settings;
    settings.service_name = "llm-gateway".into();
    settings.prometheus = Some(PrometheusSettings::default());
    settings.metric_sets = Some(MetricSets::from(MetricSet::llm_gateway()));
    settings.span_names = SpanNames::LlmGateway;
    settings.logs.format = Some(LogFormat::Json);
}

pub(super) fn apply(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&["enabled", "metrics", "tracing"]) else { return };
    if let Some(is_on) = block.get("enabled").and_then(|field| field.boolean()) {
        draft.settings.enabled = is_on;
    }
    if let Some(metrics) = block.get("metrics") {
        apply_metrics(&metrics, draft);
    }
    if let Some(tracing) = block.get("tracing") {
        apply_tracing(&tracing, draft);
    }
}

fn apply_metrics(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&["enabled", "path"]) else { return };
    let path = block.get("path").and_then(|field| field.text("a path that begins with `/`: `/metrics`"));
    if let Some(path) = path.and_then(|said| said.read(values::endpoint_path)) {
        draft.settings.prometheus.get_or_insert_default().path = path;
    }
    match block.get("enabled").and_then(|field| field.boolean()) {
        Some(true) => drop(draft.settings.prometheus.get_or_insert_default()),
        Some(false) => draft.settings.prometheus = None,
        None => {}
    }
}

fn apply_tracing(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&["enabled", "service_name", "sampler", "exporter"]) else { return };
    super::service_name(block.get("service_name").and_then(|field| field.text("a name")), draft);
    if let Some(field) = block.get("sampler") {
        sampler(&field, draft);
    }
    if let Some(field) = block.get("exporter") {
        exporter(&field, draft);
    }
    if block.get("enabled").and_then(|field| field.boolean()) == Some(false) {
        draft.settings.json_spans = false;
        draft.send(Signal::Traces, false);
    }
}

/// `{type: always}`, `{type: probability, rate: 0.1}`; our own form has it, too.
pub(super) fn sampler(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&["type", "rate"]) else { return };
    let expected = "`always`, `never` or `probability`";
    let kind = block.get("type").and_then(|field| field.text(expected));
    let kind = kind.and_then(|said| Some((said.one_of(&[("always", 0), ("never", 1), ("probability", 2)])?, said)));
    let rate_field = block.get("rate");
    let rate = rate_field.as_ref().and_then(|field| field.number("a number from 0 to 1")?.rate());
    match (&kind, &rate_field) {
        (None, Some(rate)) if block.get("type").is_none() => {
            rate.refuse("has no effect without `type: probability`; add it, or leave the rate out");
        }
        (Some((0 | 1, said)), Some(rate)) => {
            rate.refuse(format_args!(
                "has no effect with `type: {}`; leave it out, or say `type: probability`",
                said.text.trim()
            ));
        }
        (Some((2, said)), None) => said.refuse("is \"probability\", which needs a rate; add `rate`, a number from 0 to 1"),
        _ => {}
    }
    let sampler = match (&kind, rate) {
        (Some((0, _)), _) => Sampler::Always,
        (Some((1, _)), _) => Sampler::Never,
        (Some((2, _)), Some(rate)) => Sampler::Probability(rate),
        _ => return,
    };
    draft.settings.sampler = sampler;
}

fn exporter(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&["type", "endpoint", "insecure", "headers"]) else { return };
    let kind = block.get("type").and_then(|field| field.text("`otlp` or `stdout`")?.one_of(&[("otlp", true), ("stdout", false)]));
    if kind == Some(false) {
        for key in ["endpoint", "insecure", "headers"] {
            if let Some(field) = block.get(key) {
                field.refuse("has no effect with `type: stdout`; leave it out, or say `type: otlp`");
            }
        }
        draft.settings.json_spans = true;
        draft.send(Signal::Traces, false);
        return;
    }
    if kind == Some(true) {
        draft.settings.json_spans = false;
        draft.send(Signal::Traces, true);
    }
    otlp(&block, draft);
}

/// An explicit scheme wins, else `insecure` chooses between plaintext and TLS.
fn otlp(block: &Block<'_>, draft: &mut Draft<'_>) {
    let mut headers = Vec::new();
    if let Some(field) = block.get("headers") {
        super::headers(&field, &mut headers);
    }
    let url = block.get("endpoint").and_then(|field| field.text("an endpoint: `localhost:4317`"));
    let changes = EndpointChanges {
        insecure: block.get("insecure").and_then(|field| field.boolean()),
        // The gateway speaks gRPC, whatever the port.
        protocol: url.is_some().then_some(Protocol::Grpc),
        url,
        headers,
        ..EndpointChanges::default()
    };
    changes.apply_to_all(draft);
}
