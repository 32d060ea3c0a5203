//! The endpoint as a service of `tower`, for whatever serves HTTP already.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, ALLOW, CONTENT_LENGTH, CONTENT_TYPE},
};
use tower_service::Service;

use super::Prometheus;

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Answers GET and HEAD with the metrics, whatever the path, and all else with 405.
impl<B> Service<Request<B>> for Prometheus {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(request.method(), request.headers())))
    }
}

impl Prometheus {
    fn answer(&self, method: &Method, headers: &HeaderMap) -> Response<String> {
        refused(method).unwrap_or_else(|| self.told(method, headers))
    }

    /// The metrics, for a method that is not [`refused`].
    pub(super) fn told(&self, method: &Method, headers: &HeaderMap) -> Response<String> {
        let accept: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let told = self.render(Some(&accept.join(",")));
        let mut response = Response::new(String::new());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(told.content_type));
        response.headers_mut().insert(CONTENT_LENGTH, told.body.len().into());
        if *method != Method::HEAD {
            *response.body_mut() = told.body;
        }
        response
    }
}

/// The answer to a method by which metrics are not read.
pub(super) fn refused(method: &Method) -> Option<Response<String>> {
    let is_allowed = *method == Method::GET || *method == Method::HEAD;
    let why = || format!("{method} is not allowed; metrics are read by GET\n");
    (!is_allowed).then(|| refusal(StatusCode::METHOD_NOT_ALLOWED, why()))
}

/// An answer that is not the metrics: a sentence that says why.
pub(super) fn refusal(status: StatusCode, why: String) -> Response<String> {
    let mut response = Response::new(why);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, PLAIN);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}
