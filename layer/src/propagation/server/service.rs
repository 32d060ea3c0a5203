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

use super::{
    body_map::{AsIs, BodyMap},
    ending::Begun,
    exchange::Exchange,
    future::ServerFuture,
    head::{Head, content_length},
    layer::Settings,
    received::Received,
    request_body::RequestBody,
    request_id::RequestId,
    response_body::ResponseBody,
    scope::Scope,
    span,
};
use crate::propagation::carried::Carried;

/// The service of [`ServerLayer`](super::ServerLayer).
#[derive(Clone)]
pub struct Server<S, M = AsIs, A = AsIs> {
    inner: S,
    settings: Arc<Settings>,
    request_body: M,
    response_body: A,
}

impl<S: fmt::Debug, M, A> fmt::Debug for Server<S, M, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, M, A> Server<S, M, A> {
    pub(super) fn new(inner: S, settings: Arc<Settings>, request_body: M, response_body: A) -> Self {
        Self { inner, settings, request_body, response_body }
    }

    /// Opens the request: its span, its id, its place in its trace.
    fn open<B: Body>(&self, request: Request<B>) -> (Request<RequestBody<B>>, Exchange) {
        let at = Instant::now();
        let (mut parts, body) = request.into_parts();
        if parts.extensions.get::<RequestId>().is_some() {
            return pass(Request::from_parts(parts, body));
        }
        let (id, carried) = if self.settings.trusts {
            (RequestId::of(&parts.headers), Carried::of_headers(&parts.headers))
        } else {
            (RequestId::new(), Carried::trace_of_headers(&parts.headers))
        };
        let head = Head::new(&parts, &self.settings);
        let scope = span::open(&head, &id, &carried, &self.settings);
        // Whether anybody wants the line is asked where it is told: whoever asks without telling leaves the answer behind, and filters of layers take
        // it for the one about the next span.
        let has_access_log = self.settings.has_access_log;
        let method = head.method();
        let route = if has_access_log { head.into_route() } else { None };
        let received = Arc::new(Received::new(content_length(&parts.headers), scope.clone()));
        parts.extensions.insert(id.clone());
        let begun = Begun { at, id, method, route, has_access_log };
        let exchange = Exchange::new(scope, Some(begun), Arc::clone(&received));
        (Request::from_parts(parts, RequestBody::new(body, received)), exchange)
    }
}

/// One that a layer further out has opened passes: it has its span, its id and its end there.
fn pass<B: Body>(request: Request<B>) -> (Request<RequestBody<B>>, Exchange) {
    let received = Arc::new(Received::new(None, Scope::none()));
    let exchange = Exchange::new(Scope::none(), None, Arc::clone(&received));
    (request.map(|body| RequestBody::new(body, received)), exchange)
}

impl<S, M, A, B, R> Service<Request<B>> for Server<S, M, A>
where
    M: BodyMap<RequestBody<B>>,
    A: BodyMap<ResponseBody<R>> + Clone,
    S: Service<Request<M::Body>, Response = Response<R>>,
    B: Body,
    R: Body,
{
    type Response = Response<A::Body>;
    type Error = S::Error;
    type Future = ServerFuture<S::Future, A>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = request.method().clone();
        let (request, mut exchange) = self.open(request);
        let future = exchange.run(|| self.inner.call(request.map(|body| self.request_body.map(body))));
        ServerFuture::new(future, exchange, method, self.response_body.clone())
    }
}
