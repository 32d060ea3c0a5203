//! Spans.

use opentelemetry_proto::{
    tonic::{collector::trace::v1::ExportTraceServiceRequest, resource::v1::Resource as ProtoResource},
    transform::common::tonic::ResourceAttributesWithSchema,
};
use opentelemetry_sdk::{Resource, trace::SpanData};
use prost::Message as _;

use super::{
    delivery::{Delivery, LONGEST_RETRY},
    encode,
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
    /// As it stands in each request.
    resource: Vec<u8>,
    schema_url: String,
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
        let ResourceAttributesWithSchema { attributes, schema_url } = resource.into();
        let resource = ProtoResource { attributes: attributes.0, ..ProtoResource::default() }.encode_to_vec();
        Ok(Self { delivery, resource, schema_url: schema_url.unwrap_or_default() })
    }
}

impl Sink for OtlpTraces {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, patience: &Patience) -> Result<(), Failure> {
        self.delivery.too_late(batch.len(), patience)?;
        let spans = batch.iter().filter_map(|event| if let Event::SpanEnd(span) = event { Some(&**span) } else { None });
        let spans: Vec<&SpanData> = spans.collect();
        if spans.is_empty() {
            return Ok(());
        }
        let items = spans.len();
        let encoded = encode::traces(spans.into_iter(), &self.resource, &self.schema_url);
        // Beside what is sent, they would take their memory twice.
        drop(batch);
        self.delivery.deliver_encoded::<ExportTraceServiceRequest>(encoded.into(), items, patience)
    }
}
