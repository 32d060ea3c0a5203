//! OTLP over HTTP, in protobuf.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message as _;

use super::{
    Behaviour, Shared,
    listener::Body,
    received::{self, Message, Signal},
};

/// Answers one request.
pub(super) async fn answer(request: Request<Incoming>, behaviour: Behaviour, shared: &Shared) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if let Behaviour::Refuse(refusal) = &behaviour {
        let mut response = respond(refusal.http, refusal.message(&parts.headers).into_bytes(), "text/plain");
        if let Some(time) = refusal.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, time.as_secs().into());
        }
        if (300..400).contains(&refusal.http) {
            response.headers_mut().insert(header::LOCATION, "/elsewhere".parse().expect("a path"));
        }
        return response;
    }
    let Ok(body) = body.collect().await else { return respond(400, b"the body broke off".to_vec(), "text/plain") };
    let body = body.to_bytes();
    match &behaviour {
        Behaviour::AtMost { bytes, .. } if body.len() > *bytes => return respond(413, b"too large".to_vec(), "text/plain"),
        Behaviour::Page(kind, text) => return respond(200, text.as_bytes().to_vec(), kind),
        _ => {}
    }
    match read(parts.uri.path(), &parts.headers, &body) {
        Err(why) => respond(400, why.into_bytes(), "text/plain"),
        Ok(message) => {
            let headers = parts
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
            shared.keep(received::Request { headers: headers.collect(), path: parts.uri.path().to_owned(), message });
            respond(200, response(&behaviour), "application/x-protobuf")
        }
    }
}

/// The answers to the three signals have one form.
fn response(behaviour: &Behaviour) -> Vec<u8> {
    let partial_success = match behaviour {
        Behaviour::Partly { rejected, message } => {
            Some(ExportTracePartialSuccess { rejected_spans: *rejected, error_message: message.clone() })
        }
        _ => None,
    };
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

fn read(path: &str, headers: &HeaderMap, body: &[u8]) -> Result<Message, String> {
    let plain = match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        Some(b"gzip") => {
            let mut plain = Vec::new();
            GzDecoder::new(body).read_to_end(&mut plain).map_err(|error| error.to_string())?;
            plain
        }
        _ => body.to_vec(),
    };
    if headers.get(header::CONTENT_TYPE).is_none_or(|of| of != "application/x-protobuf") {
        return Err("this is no protobuf".to_owned());
    }
    let message = match Signal::of_path(path) {
        Some(Signal::Traces) => prost::Message::decode(&*plain).map(Message::Traces),
        Some(Signal::Metrics) => prost::Message::decode(&*plain).map(Message::Metrics),
        Some(Signal::Logs) => prost::Message::decode(&*plain).map(Message::Logs),
        None => return Err(format!("nothing is at `{path}`")),
    };
    message.map_err(|error| error.to_string())
}

fn respond(status: u16, body: Vec<u8>, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
