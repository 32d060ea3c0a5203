//! A Collector that counts spans and drops them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    resource::v1::Resource,
    trace::v1::span::SpanKind,
};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status, transport::server::TcpIncoming};

use crate::{Failure, helper};

pub(crate) const ROLE: &str = "--collector";

/// By the name of the service: spans of requests, and others.
type Counts = BTreeMap<String, [u64; 2]>;

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Counts>>);

/// Takes spans until it is told to end; tells a line a service.
pub(crate) fn serve() -> Result<(), Failure> {
    // One thread: it is to leave the gateway what there is of the machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let collector = Collector::default();
    let counted = collector.clone();
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let service = TraceServiceServer::new(collector).max_decoding_message_size(usize::MAX);
        let serves = tonic::transport::Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener));
        tokio::select! {
            done = serves => done.map_err(Failure::from),
            told = helper::until_told(&address) => told.map_err(Failure::from),
        }
    })?;
    let counts = counted.0.lock().unwrap_or_else(PoisonError::into_inner);
    for (service, [requests, others]) in &*counts {
        helper::tell(&format!("{service} {requests} {others}"))?;
    }
    Ok(())
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for spans in request.into_inner().resource_spans {
            let service = service(spans.resource.as_ref());
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let [requests, others] = counts.entry(service).or_default();
            for span in spans.scope_spans.iter().flat_map(|scope| &scope.spans) {
                *if span.kind == SpanKind::Server as i32 { &mut *requests } else { &mut *others } += 1;
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn service(resource: Option<&Resource>) -> String {
    let mut attributes = resource.into_iter().flat_map(|resource| &resource.attributes);
    let name = attributes.find(|attribute| attribute.key == "service.name").and_then(|attribute| attribute.value.as_ref());
    match name.and_then(|name| name.value.as_ref()) {
        Some(Value::StringValue(name)) => name.clone(),
        _ => String::new(),
    }
}
