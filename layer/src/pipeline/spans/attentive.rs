//! A sampler that looks at what it is asked about.

use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceId},
};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, ShouldSample};

use super::Components;

/// Decides as the sampler in it does, and notes when a span starts with a component. Spans of OpenTelemetry's own interface have no callsite
/// that would announce it, and a sampler is shown their attributes at no cost.
#[derive(Clone, Debug)]
pub(crate) struct Attentive(pub(crate) Sampler);

impl ShouldSample for Attentive {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        Components::expect_among(attributes);
        self.0.should_sample(parent, trace, name, kind, attributes, links)
    }
}
