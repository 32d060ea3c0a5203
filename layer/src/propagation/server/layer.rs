//! How requests are observed.

use std::{borrow::Cow, fmt, net::IpAddr, sync::Arc};

use http::request::Parts;
use tower_layer::Layer;

use super::{
    body_map::{AsIs, Mapped},
    request_body::RequestBody,
    response_body::ResponseBody,
    service::Server,
};

/// What the spans of requests are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestNames {
    /// The HTTP conventions' `{method} {route}`: `GET /v1/models/{model}`; the method alone where no route has matched.
    #[default]
    Conventional,
    /// The LLM gateway's `HTTP {method} {route}`: `HTTP GET /v1/models/{model}`.
    LlmGateway,
}

/// What a program finds out about a request from its head.
type Find<T> = Arc<dyn Fn(&Parts) -> Option<T> + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) route: Option<Find<String>>,
    pub(super) client: Option<Find<IpAddr>>,
    pub(super) names: RequestNames,
    pub(super) component: Option<Cow<'static, str>>,
    pub(super) has_access_log: bool,
    pub(super) trusts: bool,
}

#[doc = include_str!("layer.md")]
#[derive(Clone)]
#[must_use = "it does nothing until it is a layer of a server"]
pub struct ServerLayer<M = AsIs, A = AsIs> {
    settings: Arc<Settings>,
    request_body: M,
    response_body: A,
}

impl<M, A> fmt::Debug for ServerLayer<M, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { names, component, has_access_log, trusts, .. } = &*self.settings;
        let mut all = f.debug_struct("ServerLayer");
        all.field("names", names).field("component", component).field("has_access_log", has_access_log).field("trusts", trusts);
        all.finish_non_exhaustive()
    }
}

impl Default for ServerLayer {
    fn default() -> Self {
        let names = RequestNames::default();
        let settings = Settings { route: None, client: None, names, component: None, has_access_log: true, trusts: true };
        Self { settings: Arc::new(settings), request_body: AsIs, response_body: AsIs }
    }
}

impl ServerLayer {
    /// With an access log, names of the conventions, and trust in what requests carry; without routes.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<M, A> ServerLayer<M, A> {
    /// Makes the body that the service inside takes of the request's body: for services that take one kind of body only, as axum's
    /// middleware by functions, boxed services, and a whole `Router` do. Called once for each request, in its span.
    ///
    /// ```ignore
    /// let observed = ServerLayer::new().request_body(axum::body::Body::new);
    /// router.layer(tower::ServiceBuilder::new().layer(observed).layer(axum::middleware::from_fn(auth)));
    /// ```
    pub fn request_body<F, B, N>(self, map: F) -> ServerLayer<Mapped<F>, A>
    where
        F: Fn(RequestBody<B>) -> N + Clone,
    {
        ServerLayer { settings: self.settings, request_body: Mapped(map), response_body: self.response_body }
    }

    /// Makes the body that the server sends of the response's body: for servers that send one kind of body only, as `axum::serve` does.
    /// What is made has to drop the other when it is dropped, since the request ends with it.
    ///
    /// ```ignore
    /// // Around the whole router. No route is known here.
    /// let observed = ServerLayer::new().request_body(Body::new).response_body(Body::new);
    /// axum::serve(listener, ServiceExt::<Request>::into_make_service(observed.layer(router)));
    /// ```
    pub fn response_body<F, B, N>(self, map: F) -> ServerLayer<M, Mapped<F>>
    where
        F: Fn(ResponseBody<B>) -> N + Clone,
    {
        ServerLayer { settings: self.settings, request_body: self.request_body, response_body: Mapped(map) }
    }

    /// How the route that has matched is found: `http.route`, the pattern and not the path, since metrics have it for a label. `None` is
    /// `unmatched` there. For axum, which names no route where [`nest_service`] took the request: there, and around a whole `Router`, let the
    /// closure name one, of a bounded set.
    ///
    /// ```ignore
    /// ServerLayer::new().route(|parts| parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()))
    /// ```
    ///
    /// [`nest_service`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.nest_service
    pub fn route(self, route: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.route = Some(Arc::new(route)))
    }

    /// How the client's address is found: `client.address`, which is not recorded otherwise. For axum, served with
    /// `into_make_service_with_connect_info::<SocketAddr>()`:
    ///
    /// ```ignore
    /// ServerLayer::new().client_address(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip()))
    /// ```
    pub fn client_address(self, client: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.client = Some(Arc::new(client)))
    }

    /// What the spans are called.
    pub fn names(self, names: RequestNames) -> Self {
        self.with(|settings| settings.names = names)
    }

    /// Twinkle's component, `twinkle.component`: `Gateway`.
    pub fn component(self, component: impl Into<Cow<'static, str>>) -> Self {
        self.with(|settings| settings.component = Some(component.into()))
    }

    /// Whether an event, `request served` of the target `llm_span::access`, tells of each request that has ended. It does unless told
    /// otherwise.
    pub fn access_log(self, is_wanted: bool) -> Self {
        self.with(|settings| settings.has_access_log = is_wanted)
    }

    /// For requests from anywhere. Of what they say this is left:
    ///
    /// - `traceparent` and `tracestate` become a link: the request begins a trace of its own, and whether that is sampled is decided here;
    /// - `baggage` is not read, nor are the ids of session, user and conversation, and the name and version of the client's service;
    /// - `x-request-id` is not taken over: the request has a new id;
    /// - `x-forwarded-proto` is not read.
    ///
    /// What describes the request itself is recorded all the same: its path, host, method and user agent.
    pub fn untrusted(self) -> Self {
        self.with(|settings| settings.trusts = false)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S, M: Clone, A: Clone> Layer<S> for ServerLayer<M, A> {
    type Service = Server<S, M, A>;

    fn layer(&self, inner: S) -> Server<S, M, A> {
        Server::new(inner, Arc::clone(&self.settings), self.request_body.clone(), self.response_body.clone())
    }
}
