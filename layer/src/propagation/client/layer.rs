//! A client around the client's own.

use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::HasHeaders;
use crate::propagation::carried::Carried;

/// A layer of `tower` for clients: requests carry what is current where they are sent, as [`Carried::inject`] tells it.
///
/// What counts is the span that is current when the service is called, not when its future is polled.
///
/// Around the `reqwest` crate's client (feature `reqwest`):
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// use llm_span::propagation::ClientLayer;
/// use tower_layer::Layer as _;
/// use tower_service::Service as _;
///
/// # async fn ask() -> reqwest::Result<()> {
/// let client = reqwest::Client::new();
/// // tower::ServiceBuilder::new().layer(ClientLayer::new()).service(client.clone())
/// let mut service = ClientLayer::new().layer(client.clone());
/// let response = service.call(client.get("http://127.0.0.1:8080/v1/models").build()?).await?;
/// # Ok(()) } }
/// ```
///
/// It opens no span: give the request one of kind CLIENT where a trace is to show it, `info_span!("GET", otel.kind = "client")`, and call
/// the service in it.
///
/// The id of the request that is served here ([`RequestId`](crate::propagation::RequestId)) is not sent on: each server has its own, and
/// the trace id joins them. Without OpenTelemetry no trace is begun: what came is passed on.
///
/// Without `tower`, [`inject`](crate::propagation::inject) does the same for one request.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientLayer {
    has_no_baggage: bool,
    has_correlation: bool,
}

impl ClientLayer {
    /// Trace context and baggage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Without baggage: for servers of others.
    ///
    /// ```
    /// use llm_span::propagation::ClientLayer;
    ///
    /// let for_provider = ClientLayer::new().without_baggage();
    /// # let _ = for_provider;
    /// ```
    #[must_use]
    pub fn without_baggage(mut self) -> Self {
        self.has_no_baggage = true;
        self
    }

    /// With the ids of the correlation as baggage: for one's own servers. With [`without_baggage`](Self::without_baggage), in either
    /// order, these alone.
    ///
    /// ```
    /// use llm_span::propagation::ClientLayer;
    ///
    /// let for_own_store = ClientLayer::new().with_correlation_in_baggage();
    /// # let _ = for_own_store;
    /// ```
    #[must_use]
    pub fn with_correlation_in_baggage(mut self) -> Self {
        self.has_correlation = true;
        self
    }

    fn carried(self) -> Carried {
        let mut carried = Carried::current();
        if self.has_no_baggage {
            carried = carried.without_baggage();
        }
        if self.has_correlation {
            carried = carried.with_correlation_in_baggage();
        }
        carried
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client { inner, layer: *self }
    }
}

/// The service of [`ClientLayer`].
#[derive(Clone, Debug)]
pub struct Client<S> {
    inner: S,
    layer: ClientLayer,
}

impl<S: Service<R>, R: HasHeaders> Service<R> for Client<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: R) -> S::Future {
        self.layer.carried().inject(request.headers_mut());
        self.inner.call(request)
    }
}
