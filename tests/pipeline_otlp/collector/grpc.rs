//! The three services of gRPC.

use std::{collections::BTreeMap, sync::Arc};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    metrics::v1::{
        ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
    trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
};
use tonic::{Request, Response, Status, codec::CompressionEncoding, service::Routes};
use tower_service::Service as _;

use super::{Behaviour, Shared, listener::Body, received};

/// Answers one request.
pub(super) async fn answer(request: http::Request<Incoming>, behaviour: Behaviour, shared: Arc<Shared>) -> http::Response<Body> {
    let service = Services { behaviour, shared, path: request.uri().path().to_owned() };
    let gzip = CompressionEncoding::Gzip;
    let mut routes = Routes::new(TraceServiceServer::new(service.clone()).accept_compressed(gzip).send_compressed(gzip))
        .add_service(MetricsServiceServer::new(service.clone()).accept_compressed(gzip).send_compressed(gzip))
        .add_service(LogsServiceServer::new(service).accept_compressed(gzip).send_compressed(gzip));
    let Ok(response) = routes.call(request).await;
    response.map(|body| body.map_err(Into::into).boxed_unsync())
}

#[derive(Clone)]
struct Services {
    behaviour: Behaviour,
    shared: Arc<Shared>,
    path: String,
}

impl Services {
    /// Keeps a request, or refuses it; how many of it are rejected, and why.
    fn take<T: prost::Message>(
        &self,
        request: Request<T>,
        message: impl FnOnce(T) -> received::Message,
    ) -> Result<Option<(i64, String)>, Status> {
        let (metadata, _, body) = request.into_parts();
        let headers = metadata.into_headers();
        if let Behaviour::Refuse(refusal) = &self.behaviour {
            return Err(refusal.grpc_status(&headers));
        }
        if let Behaviour::AtMost { bytes, grpc } = &self.behaviour
            && body.encoded_len() > *bytes
        {
            return Err(Status::new(*grpc, format!("the message is too large, the limit is {bytes}")));
        }
        let headers: BTreeMap<_, _> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        self.shared.keep(received::Request { headers, path: self.path.clone(), message: message(body) });
        Ok(match &self.behaviour {
            Behaviour::Partly { rejected, message } => Some((*rejected, message.clone())),
            _ => None,
        })
    }
}

#[tonic::async_trait]
impl TraceService for Services {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let partial = self.take(request, received::Message::Traces)?;
        let partial_success =
            partial.map(|(rejected_spans, error_message)| ExportTracePartialSuccess { rejected_spans, error_message });
        Ok(Response::new(ExportTraceServiceResponse { partial_success }))
    }
}

#[tonic::async_trait]
impl MetricsService for Services {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let partial = self.take(request, received::Message::Metrics)?;
        let partial_success = partial
            .map(|(rejected_data_points, error_message)| ExportMetricsPartialSuccess { rejected_data_points, error_message });
        Ok(Response::new(ExportMetricsServiceResponse { partial_success }))
    }
}

#[tonic::async_trait]
impl LogsService for Services {
    async fn export(&self, request: Request<ExportLogsServiceRequest>) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let partial = self.take(request, received::Message::Logs)?;
        let partial_success =
            partial.map(|(rejected_log_records, error_message)| ExportLogsPartialSuccess { rejected_log_records, error_message });
        Ok(Response::new(ExportLogsServiceResponse { partial_success }))
    }
}
