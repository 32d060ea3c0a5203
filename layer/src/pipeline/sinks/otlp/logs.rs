//! Log lines.

use opentelemetry_proto::{
    tonic::resource::v1::Resource as ProtoResource, transform::common::tonic::ResourceAttributesWithSchema,
};
use opentelemetry_sdk::Resource;

use super::{
    delivery::{Delivery, LONGEST_RETRY},
    log_records,
    runtime::OtlpRuntime,
    signal::Signal,
};
use crate::pipeline::{
    event::{Event, LogEvent},
    settings::OtlpEndpoint,
    worker::{Failure, Patience, Sink, Teller},
};

/// Sends log lines.
pub(crate) struct OtlpLogs {
    delivery: Delivery,
    resource: ProtoResource,
    schema_url: String,
}

impl OtlpLogs {
    /// What is wrong where it can't be set up. Nothing is connected yet.
    pub(crate) fn new(
        endpoint: &OtlpEndpoint,
        resource: &Resource,
        runtime: &OtlpRuntime,
        teller: &Teller,
    ) -> Result<Self, String> {
        let delivery = Delivery::new(endpoint, Signal::Logs, runtime, teller, LONGEST_RETRY)?;
        let resource = ResourceAttributesWithSchema::from(resource);
        let schema_url = resource.schema_url.unwrap_or_default();
        let resource = ProtoResource { attributes: resource.attributes.0, ..ProtoResource::default() };
        Ok(Self { delivery, resource, schema_url })
    }
}

impl Sink for OtlpLogs {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, patience: &Patience) -> Result<(), Failure> {
        let lines = batch.iter().filter_map(|event| if let Event::Log(line) = event { Some(&**line) } else { None });
        let lines: Vec<&LogEvent> = lines.collect();
        if lines.is_empty() {
            return Ok(());
        }
        self.delivery.too_late(lines.len(), patience)?;
        let message = log_records::request(&lines, &self.resource, &self.schema_url);
        drop(lines);
        drop(batch);
        self.delivery.deliver(message, patience)
    }
}
