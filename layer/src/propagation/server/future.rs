//! A request under way to its response.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Method, Response};
use http_body::Body;

use super::{ending::Left, exchange::Exchange, response_body::ResponseBody};

pin_project_lite::pin_project! {
    /// The future of [`Server`](super::Server).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ServerFuture<F> {
        #[pin]
        inner: Option<F>,
        exchange: Option<Exchange>,
        method: Method,
    }

    impl<F> PinnedDrop for ServerFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange {
                exchange.drop_within(|| this.inner.set(None));
            }
        }
    }
}

impl<F> ServerFuture<F> {
    pub(super) fn new(inner: F, exchange: Exchange, method: Method) -> Self {
        Self { inner: Some(inner), exchange: Some(exchange), method }
    }
}

impl<F, R, E> Future for ServerFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (Some(mut inner), Some(exchange)) = (this.inner.as_mut().as_pin_mut(), this.exchange.as_mut()) else {
            return Poll::Pending; // polled after it was ready, which no caller does
        };
        let answer = ready!(exchange.poll(context, |context| inner.as_mut().poll(context)));
        exchange.drop_within(|| this.inner.set(None));
        let Some(mut exchange) = this.exchange.take() else { return Poll::Pending };
        Poll::Ready(match answer {
            Ok(mut response) => {
                exchange.answered(&mut response, this.method);
                Ok(response.map(|body| ResponseBody::new(body, exchange)))
            }
            Err(error) => {
                exchange.end(Left::Failed);
                Err(error)
            }
        })
    }
}
