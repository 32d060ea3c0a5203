//! A layer that does not want the access line is told of all spans of a request, and one that does not want the request's span is not told of it.
//!
//! Alone in its process: where there is a second subscriber, each is asked about each span, and nothing is taken for anything else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    future::{Future as _, Ready, ready},
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use http::{Request, Response};
use http_body_util::Full;
use llm_span::propagation::ServerLayer;
use tower_layer::Layer as _;
use tower_service::Service;
use tracing::{Subscriber, info_span, level_filters::LevelFilter, span};
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt as _, registry::LookupSpan};

type Body = Full<&'static [u8]>;

/// Keeps the names of spans.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<&'static str>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, new: &span::Attributes<'_>, _: &span::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        self.0.lock().unwrap().push(new.metadata().name());
    }
}

/// Answers within a span.
struct Answers;

impl<B> Service<Request<B>> for Answers {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        info_span!("llm.completion").in_scope(|| ready(Ok(Response::default())))
    }
}

/// The names of spans that two layers see of a request: one that wants everything, and one that wants all but that target.
fn seen_but(target: &str, server: &ServerLayer) -> [Vec<&'static str>; 2] {
    let layers = [Seen::default(), Seen::default()];
    let [everything, some] = layers.clone();
    let all = Targets::new().with_default(LevelFilter::INFO);
    let but = all.clone().with_target(target, LevelFilter::OFF);
    let subscriber = tracing_subscriber::registry().with(everything.with_filter(all)).with(some.with_filter(but));
    tracing::subscriber::with_default(subscriber, || {
        let request = Request::get("/").body(Body::default()).unwrap();
        let answer = pin!(server.layer(Answers).call(request));
        assert!(answer.poll(&mut Context::from_waker(Waker::noop())).is_ready());
    });
    layers.map(|seen| seen.0.lock().unwrap().clone())
}

#[test]
fn a_request_hides_no_span_from_a_layer_and_shows_none_that_it_does_not_want() {
    let both = ["HTTP request", "llm.completion"];
    assert_eq!(seen_but("llm_span::access", &ServerLayer::new()), [both, both]);
    assert_eq!(seen_but("llm_span::http", &ServerLayer::new()), [&both[..], &both[1..]]);
    // Nor where the program tells something while it is asked about the request.
    let tells = ServerLayer::new().route(|_| {
        tracing::info!("asked for the route");
        info_span!("route").in_scope(|| None)
    });
    let all = ["route", "HTTP request", "llm.completion"];
    assert_eq!(seen_but("llm_span::http", &tells), [&all[..], &["route", "llm.completion"]]);
}
