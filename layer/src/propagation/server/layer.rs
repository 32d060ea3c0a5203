//! How requests are observed.

use std::{borrow::Cow, fmt, net::IpAddr, sync::Arc};

use http::request::Parts;
use tower_layer::Layer;

use super::service::Server;

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
pub struct ServerLayer {
    settings: Arc<Settings>,
}

impl fmt::Debug for ServerLayer {
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
        Self { settings: Arc::new(settings) }
    }
}

impl ServerLayer {
    /// With an access log, names of the conventions, and trust in what requests carry; without routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// How the route that has matched is found: `http.route`, the pattern and not the path, since metrics have it for a label. `None` is
    /// `unmatched` there. For axum:
    ///
    /// ```ignore
    /// ServerLayer::new().route(|parts| parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()))
    /// ```
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

    /// For requests from anywhere: a request begins a trace of its own, linked to the one that it names; its baggage, its ids of session,
    /// user and conversation, and `x-forwarded-proto` are not taken over.
    pub fn untrusted(self) -> Self {
        self.with(|settings| settings.trusts = false)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server::new(inner, Arc::clone(&self.settings))
    }
}
