//! The service around the server's own.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;
use tracing::{Level, event_enabled};

use super::{
    ending::Begun,
    exchange::Exchange,
    future::ServerFuture,
    head::{Head, content_length},
    layer::Settings,
    received::Received,
    request_body::RequestBody,
    request_id::RequestId,
    response_body::ResponseBody,
    span,
};
use crate::propagation::carried::Carried;

/// The service of [`ServerLayer`](super::ServerLayer).
#[derive(Clone)]
pub struct Server<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S: fmt::Debug> fmt::Debug for Server<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S> Server<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }

    /// Opens the request: its span, its id, its place in its trace.
    fn open<B: Body>(&self, request: Request<B>) -> (Request<RequestBody<B>>, Exchange) {
        let at = Instant::now();
        let (mut parts, body) = request.into_parts();
        let id = RequestId::of(&parts.headers);
        let head = Head::new(&parts, &self.settings);
        let scope = span::open(&head, &id, &Carried::of_headers(&parts.headers), &self.settings);
        let has_access_log = self.settings.has_access_log && event_enabled!(target: "llm_span::access", Level::INFO);
        let method = head.method();
        let route = if has_access_log { head.into_route() } else { None };
        let received = Arc::new(Received::new(content_length(&parts.headers), scope.clone()));
        parts.extensions.insert(id.clone());
        let begun = Begun { at, id, method, route, has_access_log };
        let exchange = Exchange::new(scope, begun, Arc::clone(&received));
        (Request::from_parts(parts, RequestBody::new(body, received)), exchange)
    }
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>>,
    B: Body,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ServerFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = request.method().clone();
        let (request, mut exchange) = self.open(request);
        let future = exchange.run(|| self.inner.call(request));
        ServerFuture::new(future, exchange, method)
    }
}
