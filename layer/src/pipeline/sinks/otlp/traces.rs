//! Spans.

use std::sync::Arc;

use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope},
};
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::{
    delivery::{Delivery, LONGEST_RETRY},
    runtime::OtlpRuntime,
    signal::Signal,
};
use crate::pipeline::{
    event::Event,
    settings::OtlpEndpoint,
    worker::{Failure, Patience, Sink, Teller},
};

/// Sends spans.
pub(crate) struct OtlpTraces {
    delivery: Delivery,
    resource: ResourceAttributesWithSchema,
}

impl OtlpTraces {
    /// What is wrong where it can't be set up. Nothing is connected yet.
    pub(crate) fn new(
        endpoint: &OtlpEndpoint,
        resource: &Resource,
        runtime: &OtlpRuntime,
        teller: &Teller,
    ) -> Result<Self, String> {
        let delivery = Delivery::new(endpoint, Signal::Traces, runtime, teller, LONGEST_RETRY)?;
        Ok(Self { delivery, resource: resource.into() })
    }
}

impl Sink for OtlpTraces {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, patience: &Patience) -> Result<(), Failure> {
        self.delivery.too_late(batch.len(), patience)?;
        // Copied only where another sink still has it; here it is the last that is done with it most of the time.
        let spans: Vec<SpanData> = batch
            .into_iter()
            .filter_map(|event| if let Event::SpanEnd(span) = event { Some(Arc::unwrap_or_clone(span)) } else { None })
            .collect();
        if spans.is_empty() {
            return Ok(());
        }
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        self.delivery.deliver(ExportTraceServiceRequest { resource_spans }, patience)
    }
}
