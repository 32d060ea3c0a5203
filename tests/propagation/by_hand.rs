//! The layer around a function, polled by hand: what no server can be made to do at will.

use std::{
    convert::Infallible,
    future::{Future, pending, poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use axum::body::{Body, Bytes, HttpBody};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use llm_span::propagation::{RequestBody, ServerFuture, ServerLayer};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::support::Telemetry;

/// A service that is a function.
#[derive(Clone)]
pub(crate) struct Answer<F>(pub(crate) F);

impl<F, B, R, E, Answering> Service<Request<B>> for Answer<F>
where
    F: FnMut(Request<B>) -> Answering,
    Answering: Future<Output = Result<Response<R>, E>>,
{
    type Response = Response<R>;
    type Error = E;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        (self.0)(request)
    }
}

/// Sends the request through the layer to the function.
pub(crate) fn call<F, R, E, Answering>(layer: &ServerLayer, request: Request<Body>, answer: F) -> ServerFuture<Answering>
where
    F: FnMut(Request<RequestBody<Body>>) -> Answering,
    Answering: Future<Output = Result<Response<R>, E>>,
    R: HttpBody,
{
    layer.layer(Answer(answer)).call(request)
}

/// Polls it once.
pub(crate) fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    poll(pin!(future))
}

fn request() -> Request<Body> {
    Request::get("/").body(Body::empty()).unwrap()
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn an_error_of_the_service_is_one_of_the_request() {
    let telemetry = Telemetry::install();
    let failed = |_| ready(Err::<Response<Body>, _>("no backend"));
    let answer = poll_once(call(&ServerLayer::new(), request(), failed));
    assert!(matches!(answer, Poll::Ready(Err("no backend"))));
    let request = telemetry.request();
    assert!(request.is_error());
    assert_eq!(request.text("error.type").as_deref(), Some("_OTHER"));
    assert_eq!((request.number("http.status_code"), telemetry.access()["ended"].as_str()), (Some(500), Some("error")));
}

#[test]
fn a_request_that_is_never_begun_is_cancelled() {
    let telemetry = Telemetry::install();
    drop(call(&ServerLayer::new(), request(), |_| pending::<Result<Response<Body>, Infallible>>()));
    assert_eq!(telemetry.request().text("error.type").as_deref(), Some("cancelled"));
}

#[test]
fn the_neighbour_of_a_panic_is_cancelled_and_has_not_panicked() {
    let telemetry = Telemetry::install();
    let layer = ServerLayer::new();
    let both = async {
        let waits = call(&layer, request(), |_| pending::<Result<Response<Body>, Infallible>>());
        let panics = call(&layer, request(), |_| poll_fn(|_| -> Poll<Result<Response<Body>, Infallible>> { panic!("one") }));
        let _ = futures_util::future::join(waits, panics).await;
    };
    assert!(catch_unwind(AssertUnwindSafe(|| poll(pin!(both)))).is_err());
    let mut types: Vec<_> = telemetry.requests().iter().filter_map(|request| request.text("error.type")).collect();
    types.sort();
    assert_eq!(types, ["cancelled", "panic"]);
}

#[test]
fn a_service_that_panics_when_it_is_called_has_panicked() {
    let telemetry = Telemetry::install();
    let panics = |_| -> std::future::Ready<Result<Response<Body>, Infallible>> { panic!("a call") };
    assert!(catch_unwind(AssertUnwindSafe(|| drop(call(&ServerLayer::new(), request(), panics)))).is_err());
    assert_eq!(telemetry.request().text("error.type").as_deref(), Some("panic"));
}

#[test]
fn a_body_that_is_dropped_when_all_was_sent_is_whole() {
    let telemetry = Telemetry::install();
    let full = |_| ready(Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"full")))));
    let Poll::Ready(Ok(mut response)) = poll_once(call(&ServerLayer::new(), request(), full)) else { panic!("pends") };
    assert!(matches!(poll_once(response.body_mut().frame()), Poll::Ready(Some(Ok(_)))));
    assert!(telemetry.requests().is_empty());
    drop(response);
    assert_eq!((telemetry.request().text("error.type"), telemetry.access()["ended"].as_str()), (None, Some("ok")));
}

#[test]
fn a_body_that_is_dropped_at_its_announced_size_is_whole() {
    let telemetry = Telemetry::install();
    // A stream that would say only when it is polled again that it has ended.
    let announced = |_| {
        let chunk = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"12345"))]);
        ready(Response::builder().header("content-length", "5").body(Body::from_stream(chunk)))
    };
    let Poll::Ready(Ok(mut response)) = poll_once(call(&ServerLayer::new(), request(), announced)) else { panic!("pends") };
    assert!(matches!(poll_once(response.body_mut().frame()), Poll::Ready(Some(Ok(_)))));
    drop(response);
    assert_eq!(telemetry.request().text("error.type"), None);
}

#[test]
fn a_body_that_is_dropped_before_it_was_sent_is_not() {
    let telemetry = Telemetry::install();
    let full = |_| ready(Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"full")))));
    drop(poll_once(call(&ServerLayer::new(), request(), full)));
    assert_eq!(telemetry.request().text("error.type").as_deref(), Some("cancelled"));
}

#[test]
fn a_request_body_that_is_kept_does_not_keep_the_request() {
    let telemetry = Telemetry::install();
    let mut kept = None;
    let keep = |request: Request<RequestBody<Body>>| {
        kept = Some(request.into_body());
        ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    };
    drop(poll_once(call(&ServerLayer::new(), request(), keep)));
    assert_eq!(telemetry.requests().len(), 1);
    assert!(kept.is_some());
}

#[test]
fn what_a_cancelled_service_drops_stands_in_its_request() {
    struct Last;
    impl Drop for Last {
        fn drop(&mut self) {
            tracing::info!("dropped");
        }
    }
    let telemetry = Telemetry::install();
    let waits = |_| async {
        let _last = Last;
        pending::<Result<Response<Body>, Infallible>>().await
    };
    {
        let mut future = Box::pin(call(&ServerLayer::new(), request(), waits));
        assert!(poll(future.as_mut()).is_pending());
    }
    assert_eq!(telemetry.lines("dropped")[0]["span_id"], telemetry.request().span.span_context.span_id().to_string());
}
