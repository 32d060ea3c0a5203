//! Services that take one kind of body only.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
    routing::post,
};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use llm_span::propagation::{RequestBody, Server, ServerLayer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower_layer::{Layer as _, Stack};
use tower_service::Service;

use crate::{
    by_hand::{Answer, poll_once},
    support::{Telemetry, layer, serve},
};

const SENT: &str = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 5\r\n\r\n12345";

fn app() -> Router {
    Router::new().route("/", post(|body: String| async move { body }))
}

fn is_told(telemetry: &Telemetry) {
    let request = telemetry.request();
    assert_eq!((request.number("http.request.body.size"), request.number("http.response.body.size")), (Some(5), Some(5)));
    assert_eq!(telemetry.access()["ended"], "ok");
}

#[tokio::test]
async fn a_function_as_middleware_may_stand_inside() {
    async fn auth(request: Request, next: Next) -> Response {
        assert!(!tracing::Span::current().is_none(), "it runs in the request's span");
        next.run(request).await
    }
    let both = Stack::new(from_fn(auth), layer().request_body(Body::new));
    let (telemetry, answer) = serve(app().layer(both), SENT).await;
    assert!(answer.ends_with("12345"), "{answer}");
    is_told(&telemetry);
    assert_eq!(telemetry.request().text("http.route").as_deref(), Some("/"));
}

#[tokio::test]
async fn a_whole_router_may_be_served_from_within() {
    let telemetry = Telemetry::install();
    let service = ServerLayer::new().request_body(Body::new).response_body(Body::new).layer(app());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = axum::serve(listener, axum::ServiceExt::<Request>::into_make_service(service));
    let served = served.with_graceful_shutdown(async { stopped.await.unwrap_or_default() });
    let served = tokio::spawn(async move { served.await.is_ok() });
    client.write_all(SENT.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("12345"), "{answer}");
    stop.send(()).unwrap();
    assert!(served.await.unwrap());
    is_told(&telemetry);
}

#[tokio::test]
async fn a_service_of_a_boxed_body_may_stand_inside() {
    type Boxed = UnsyncBoxBody<axum::body::Bytes, axum::Error>;
    let telemetry = Telemetry::install();
    let echo = Answer(|request: http::Request<Boxed>| async { Ok::<_, Infallible>(http::Response::new(request.into_body())) });
    // A closure whose types are found by what it stands around.
    let mut service = ServerLayer::new().request_body(|body: RequestBody<Body>| body.boxed_unsync()).access_log(true).layer(echo);
    let response = service.call(http::Request::new(Body::from("12345"))).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "12345");
    is_told(&telemetry);
}

#[test]
fn a_panic_that_makes_the_body_is_one_of_the_request() {
    let telemetry = Telemetry::install();
    let echo = Answer(|_: http::Request<Body>| std::future::ready(Ok::<_, Infallible>(http::Response::new(Body::empty()))));
    let panics = |_: RequestBody<Body>| -> Body { panic!("a body") };
    let mut service = ServerLayer::new().request_body(panics).layer(echo);
    let called = std::panic::AssertUnwindSafe(|| drop(poll_once(service.call(http::Request::new(Body::empty())))));
    assert!(std::panic::catch_unwind(called).is_err());
    assert_eq!(telemetry.request().text("error.type").as_deref(), Some("panic"));
}

#[test]
fn servers_of_many_threads_may_have_it() {
    fn goes_anywhere<T: Send + Sync + Clone + Unpin + std::fmt::Debug + 'static>(_: &T) {}
    let layer = ServerLayer::new().request_body(Body::new::<RequestBody<Body>>).untrusted();
    goes_anywhere(&ServerLayer::new());
    goes_anywhere(&layer);
    goes_anywhere(&layer.layer(app()));
    let as_is: Server<Router> = ServerLayer::default().layer(app());
    goes_anywhere(&as_is);
}
