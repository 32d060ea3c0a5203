//! A sampler that looks at what it is asked about.

use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceId},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use super::Components;

/// Decides as the sampler in it does, and notes the component that a span starts with: a sampler is shown the attributes at no cost. Spans of
/// OpenTelemetry's own interface have no callsite that would announce it.
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
        let result = self.0.should_sample(parent, trace, name, kind, attributes, links);
        if result.decision != SamplingDecision::Drop {
            Components::note(attributes);
        }
        result
    }
}
