//! What requests of a client carry.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use http::{HeaderMap, Request};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tower_layer::Layer as _;
use tower_service::Service;
use tracing_subscriber::layer::SubscriberExt as _;

#[cfg(feature = "reqwest")]
use super::Client;
use super::{ClientLayer, HasHeaders};
use crate::{Correlation, propagation::Carried};

/// Answers with the headers of the request.
struct Echo;

impl<R: HasHeaders> Service<R> for Echo {
    type Response = HeaderMap;
    type Error = Infallible;
    type Future = Ready<Result<HeaderMap, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: R) -> Self::Future {
        ready(Ok(request.headers_mut().clone()))
    }
}

async fn sent(layer: ClientLayer) -> HeaderMap {
    layer.layer(Echo).call(Request::new(())).await.expect("an answer")
}

#[tokio::test]
async fn the_span_at_the_call_is_carried() {
    let provider = SdkTracerProvider::builder().build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _default = tracing::subscriber::set_default(tracing_subscriber::registry().with(otel));
    let mut service = ClientLayer::new().layer(Echo);
    let (future, carried) = tracing::info_span!("ask").in_scope(|| (service.call(Request::new(())), Carried::current()));
    let headers = tracing::info_span!("later").in_scope(|| future).await.expect("an answer");
    let told = Carried::of_headers(&headers);
    assert!(told.trace_id().is_some());
    assert_eq!((told.trace_id(), told.span_id()), (carried.trace_id(), carried.span_id()));
}

#[tokio::test]
async fn both_settings_are_honoured() {
    let incoming =
        HeaderMap::from_iter([(http::header::HeaderName::from_static("baggage"), "tier=gold".parse().expect("a header"))]);
    let ids = Correlation::new().user("u");
    let baggage = |headers: HeaderMap| headers.get("baggage").map(|value| value.to_str().expect("text").to_owned());
    let cases = [
        (ClientLayer::new(), Some("tier=gold")),
        (ClientLayer::new().without_baggage(), None),
        (ClientLayer::new().with_correlation_in_baggage(), Some("user.id=u,tier=gold")),
        (ClientLayer::new().with_correlation_in_baggage().without_baggage(), Some("user.id=u")),
        (ClientLayer::new().without_baggage().with_correlation_in_baggage(), Some("user.id=u")),
    ];
    for (layer, expected) in cases {
        let seen = Carried::of_headers(&incoming).run(ids.run(sent(layer))).await;
        assert_eq!(baggage(seen).as_deref(), expected, "{layer:?}");
    }
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn requests_of_reqwest_carry_it_too() {
    fn is_service<S: Service<reqwest::Request>>() {}
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let incoming =
        HeaderMap::from_iter([(http::header::HeaderName::from_static("traceparent"), parent.parse().expect("a header"))]);
    let request = reqwest::Request::new(reqwest::Method::GET, "http://127.0.0.1/".parse().expect("a URL"));
    let headers = Carried::of_headers(&incoming).run(async { ClientLayer::new().layer(Echo).call(request).await }).await;
    assert_eq!(headers.expect("an answer")["traceparent"], parent);
    is_service::<Client<reqwest::Client>>();
}
