//! Connections, routes and bodies. What the API means by them is `chat`'s and `models`' affair.

use std::{convert::Infallible, future::Future};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, sync::watch};

use super::{chat, error::ApiError, models};

/// A prompt longer than that is refused, not read.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Boxed, as an answer may also be a stream of events.
type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves a connection until the client closes it or `stopped` tells.
pub(super) async fn connection(stream: TcpStream, mut stopped: watch::Receiver<()>) {
    let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request).await) });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // A client that breaks off or talks no HTTP loses its connection, and nothing else.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer(request: Request<Incoming>) -> Response<Body> {
    match route(request).await {
        Ok(value) => json(StatusCode::OK, &value),
        Err(error) => json(error.status, &error.body()),
    }
}

async fn route(request: Request<Incoming>) -> Result<Value, ApiError> {
    authorize(&request)?;
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    match path.strip_prefix("/v1/") {
        Some("chat/completions") => {
            allow(&parts.method, &Method::POST, path)?;
            chat::complete(&read(body).await?)
        }
        Some("models") => {
            allow(&parts.method, &Method::GET, path)?;
            Ok(models::list())
        }
        _ => Err(ApiError::no_such_path(&parts.method, path)),
    }
}

/// Any key will do, but there must be one.
fn authorize(request: &Request<Incoming>) -> Result<(), ApiError> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) if !key.trim().is_empty() => Ok(()),
        _ => Err(ApiError::no_key()),
    }
}

fn allow(method: &Method, allowed: &Method, path: &str) -> Result<(), ApiError> {
    if method == allowed { Ok(()) } else { Err(ApiError::wrong_method(method, path)) }
}

async fn read(body: Incoming) -> Result<Value, ApiError> {
    let body = Limited::new(body, BODY_LIMIT).collect();
    let bytes = into_bytes(body).await.ok_or_else(|| ApiError::unreadable("the body is too long or broke off"))?;
    serde_json::from_slice(&bytes).map_err(|error| ApiError::unreadable(&error.to_string()))
}

async fn into_bytes<E>(body: impl Future<Output = Result<http_body_util::Collected<Bytes>, E>>) -> Option<Bytes> {
    body.await.ok().map(http_body_util::Collected::to_bytes)
}

fn json(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(value.to_string())).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    response
}
