//! Connections and routes. What the API means by them is the affair of `chat`, `responses`, `embeddings` and `models`.

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, sync::watch};

use super::{
    Settings, State,
    answer::Answer,
    body::Body,
    chat, embeddings,
    error::ApiError,
    models::{self, Model},
    reply::Tokens,
    responses,
    served::Receipt,
};

/// A prompt longer than that is refused, not read.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

const JSON: &str = "application/json";

/// Serves a connection until the client closes it or `stopped` tells.
pub(super) async fn connection(stream: TcpStream, mut stopped: watch::Receiver<()>, state: Arc<State>) {
    let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request, &state).await) });
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

async fn answer(request: Request<Incoming>, state: &State) -> Response<Body> {
    // Dropped where this future is, when the client hangs up before there is an answer.
    let receipt = state.ledger.open();
    let (answer, model) = match route(request, state).await {
        Ok(answer) => answer,
        Err(error) => return failure(&error, receipt),
    };
    let Settings { first_chunk, between_chunks, slow, .. } = state.settings;
    let slow = if model == Some(Model::Slow) { slow } else { Duration::ZERO };
    if answer.is_stream() {
        let body = Body::new(answer, first_chunk.max(slow), between_chunks, receipt);
        let mut response = respond(StatusCode::OK, "text/event-stream; charset=utf-8", body);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        return response;
    }
    if !slow.is_zero() {
        tokio::time::sleep(slow).await;
    }
    respond(StatusCode::OK, JSON, Body::new(answer, Duration::ZERO, Duration::ZERO, receipt))
}

fn failure(error: &ApiError, receipt: Receipt) -> Response<Body> {
    let body = Body::new(Answer::failure(&error.body()), Duration::ZERO, Duration::ZERO, receipt);
    let mut response = respond(error.status, JSON, body);
    if error.retry {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("0"));
    }
    response
}

/// The answer, and the model it is of.
async fn route(request: Request<Incoming>, state: &State) -> Result<(Answer, Option<Model>), ApiError> {
    authorize(&request)?;
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let answer_to: fn(&Value, &State) -> Result<Answer, ApiError> = match path.strip_prefix("/v1/") {
        Some("chat/completions") => chat::complete,
        Some("responses") => responses::respond,
        Some("embeddings") => |request, _| embeddings::embed(request),
        Some("models") => {
            allow(&parts.method, &Method::GET, path)?;
            return Ok((Answer::whole(&models::list(), Tokens::NONE), None));
        }
        _ => return Err(ApiError::no_such_path(&parts.method, path)),
    };
    allow(&parts.method, &Method::POST, path)?;
    let request = read(body).await?;
    let mut answer = answer_to(&request, state)?;
    let model = Model::of(&request)?;
    model.spoil(&mut answer, &state.failures)?;
    Ok((answer, Some(model)))
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

fn respond(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
