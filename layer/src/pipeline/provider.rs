//! OpenTelemetry's providers, as they are set.

use std::sync::OnceLock;

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    resource::TelemetryResourceDetector,
    trace::{Sampler as SdkSampler, SdkTracerProvider},
};
use uuid::Uuid;

use super::{
    processor::SpanEvents,
    settings::{Sampler, Settings},
    spans::Attentive,
    traces::TraceIds,
};

const INSTANCE_ID: &str = "service.instance.id";

/// What all telemetry comes from.
pub(crate) fn resource(settings: &Settings) -> Resource {
    let attributes = settings.resource_attributes.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attribute(KeyValue::new(INSTANCE_ID, instance_id()))
        .with_attributes(attributes)
        .with_service_name(service_name(settings))
        .build()
}

/// What tells this process from others of its service, so that what they count is not taken for one series: a random UUID, as OpenTelemetry's
/// conventions recommend. It is none of the settings, which workers inherit.
fn instance_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| Uuid::new_v4().to_string())
}

/// Without a name OpenTelemetry demands `unknown_service:` and the name of the program.
pub(crate) fn service_name(settings: &Settings) -> String {
    if !settings.service_name.is_empty() {
        return settings.service_name.clone();
    }
    if let Some(name) = settings.resource_attributes.get("service.name").filter(|name| !name.is_empty()) {
        return name.clone();
    }
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(std::path::Path::file_stem).map(std::ffi::OsStr::to_string_lossy);
    program.map_or_else(|| "unknown_service".into(), |name| format!("unknown_service:{name}"))
}

pub(crate) fn tracer_provider(settings: &Settings, resource: Resource, spans: SpanEvents) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Attentive(sampler(settings.sampler)))
        .with_id_generator(TraceIds)
        .with_span_processor(spans)
        .build()
}

/// A span follows its parent in any case.
pub(crate) fn sampler(sampler: Sampler) -> SdkSampler {
    let root = match sampler {
        Sampler::Always => SdkSampler::AlwaysOn,
        Sampler::Never => SdkSampler::AlwaysOff,
        Sampler::Probability(rate) => SdkSampler::TraceIdRatioBased(rate),
    };
    SdkSampler::ParentBased(Box::new(root))
}
