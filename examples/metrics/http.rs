//! The server: connections, and a span for each request, of which the HTTP metrics are derived.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{ACCEPT, CONTENT_TYPE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};
use tracing::{Instrument as _, Span, field::Empty, info_span};

use super::routes::{Answer, App, Route};

/// A body longer than that is refused, not read.
const BODY_LIMIT: usize = 64 * 1024;

/// The name of a request's span in the program; the exported one has method and route in it.
pub(super) const SPAN: &str = "http.request";

/// Serves connections until it is dropped, and they with it.
pub(super) async fn serve(listener: TcpListener, app: Arc<App>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let app = Arc::clone(&app);
                let service = service_fn(move |request| {
                    let app = Arc::clone(&app);
                    async move { Ok::<_, Infallible>(answer(request, &app).await) }
                });
                connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A request and its span: kind SERVER, attributes of the HTTP conventions. The route is the one that matched, not the URL: a
/// series a URL would be one a conversation.
async fn answer(request: Request<Incoming>, app: &App) -> Response<Full<Bytes>> {
    let route = Route::of(request.method(), request.uri().path());
    let method = request.method().as_str();
    let span = info_span!(
        SPAN,
        otel.name = format!("HTTP {method} {}", route.template().unwrap_or_default()).trim_end(),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route.template(),
        http.request.body.size = Empty,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        twinkle.deployment = route.deployment(),
        twinkle.rate_limited = Empty,
    );
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).map(str::to_owned);
    let answer = async {
        match read(request).await {
            Some(_) if matches!(route, Route::Metrics) => app.metrics(accept.as_deref()),
            Some(body) => app.answer(route, &body).await,
            None => Answer::error(StatusCode::BAD_REQUEST, "the body is no JSON, or too long"),
        }
    };
    let answer = answer.instrument(span.clone()).await;
    record(&span, &answer);
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    response.headers_mut().insert(CONTENT_TYPE, answer.content_type);
    response
}

/// What the span is told at its end. Numbers are `i64`: others would be exported as text.
fn record(span: &Span, answer: &Answer) {
    span.record("http.response.status_code", i64::from(answer.status.as_u16()));
    span.record("http.response.body.size", i64::try_from(answer.body.len()).unwrap_or(i64::MAX));
    if answer.status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        span.record("twinkle.rate_limited", true);
    }
}

/// The body as JSON; `null` where there is none.
async fn read(request: Request<Incoming>) -> Option<Value> {
    let bytes = Limited::new(request.into_body(), BODY_LIMIT).collect().await.ok()?.to_bytes();
    Span::current().record("http.request.body.size", i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    if bytes.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&bytes).ok() }
}
