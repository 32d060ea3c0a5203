//! A request as a server serves it: by hand, and through the layer.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{Request, Response};
use http_body::Body;
use llm_span::contract::{Label, Measure, Metric, MetricBuilder, MetricError, MetricSet};
use tower_service::Service;
use tracing::{field::Empty, info_span};

use super::annotated::ready as ready_now;

/// Bounds of durations, in seconds.
const SECONDS: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// The span that a server's middleware makes.
#[inline(never)]
pub(crate) fn serve_by_hand() {
    let span = info_span!(
        "HTTP request",
        otel.kind = "server",
        http.request.method = "POST",
        http.route = "/v1/chat/completions",
        http.response.status_code = Empty,
    );
    span.in_scope(|| black_box(()));
    span.record("http.response.status_code", 200);
}

/// Five rules about such spans.
pub(crate) fn rules() -> Result<MetricSet, MetricError> {
    let of_requests = |rule: MetricBuilder| {
        let method = Label::of("method", ["http.request.method"]);
        rule.of_spans_with("http.request.method").label(method).label(Label::of("endpoint", ["http.route"]))
    };
    let status = || Label::of("status", ["http.response.status_code"]);
    let rules = [
        Metric::counter("http.requests").measure(Measure::Closed).label(status()),
        Metric::histogram("http.duration", SECONDS).unit("s").measure(Measure::Duration).label(status()),
        Metric::histogram("http.wait", SECONDS).unit("s").measure(Measure::Wait),
        Metric::histogram("http.busy", SECONDS).unit("s").measure(Measure::Busy),
        Metric::up_down_counter("http.open").measure(Measure::Open),
    ];
    MetricSet::new("counted", rules.into_iter().map(|rule| of_requests(rule).build()).collect::<Result<Vec<_>, _>>()?)
}

/// A handler that answers at once.
#[derive(Clone)]
pub(crate) struct Handler;

impl<B> Service<Request<B>> for Handler {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(Response::new(String::new())))
    }
}

/// A whole request: its head, its handler, and the response's body to its end.
#[inline(never)]
pub(crate) fn serve<S, B>(service: &mut S) -> bool
where
    S: Service<Request<String>, Response = Response<B>>,
    B: Body,
{
    let request = Request::builder().method("POST").uri("/v1/chat/completions").header("content-type", "application/json");
    let Ok(request) = request.body(String::new()) else { return false };
    let Some(Ok(response)) = ready_now(service.call(request)) else { return false };
    let mut body = pin!(response.into_body());
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(_)) = body.as_mut().poll_frame(&mut context) {}
    true
}
