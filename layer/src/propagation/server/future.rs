//! A request under way to its response.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Method, Response};
use http_body::Body;

use super::{
    body_map::{AsIs, BodyMap},
    ending::Left,
    exchange::Exchange,
    response_body::ResponseBody,
};

pin_project_lite::pin_project! {
    /// The future of [`Server`](super::Server).
    #[must_use = "futures do nothing unless polled"]
    pub struct ServerFuture<F, A = AsIs> {
        #[pin]
        inner: Option<F>,
        exchange: Option<Exchange>,
        method: Method,
        response_body: A,
    }

    impl<F, A> PinnedDrop for ServerFuture<F, A> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange {
                exchange.drop_within(|| this.inner.set(None));
            }
        }
    }
}

impl<F, A> ServerFuture<F, A> {
    pub(super) fn new(inner: F, exchange: Exchange, method: Method, response_body: A) -> Self {
        Self { inner: Some(inner), exchange: Some(exchange), method, response_body }
    }
}

impl<F: fmt::Debug, A> fmt::Debug for ServerFuture<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerFuture").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<F, A, R, E> Future for ServerFuture<F, A>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
    A: BodyMap<ResponseBody<R>>,
{
    type Output = Result<Response<A::Body>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        // Polled after it was ready, which no caller does, it stays pending.
        let Some(exchange) = this.exchange.as_mut() else { return Poll::Pending };
        let answer = ready!(exchange.poll(context, |context| {
            let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
            let answer = inner.poll(context);
            if answer.is_ready() {
                this.inner.set(None);
            }
            answer
        }));
        let Some(mut exchange) = this.exchange.take() else { return Poll::Pending };
        Poll::Ready(match answer {
            Ok(mut response) => {
                exchange.answered(&mut response, this.method);
                Ok(response.map(|body| this.response_body.map(ResponseBody::new(body, exchange))))
            }
            Err(error) => {
                exchange.end(Left::Failed);
                Err(error)
            }
        })
    }
}
