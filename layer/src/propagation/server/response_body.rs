//! The body of a response: its request ends with it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};

use super::{ending::Left, exchange::Exchange};

pin_project_lite::pin_project! {
    /// The body of a response: the request ends with it.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: Option<B>,
        exchange: Exchange,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                this.exchange.leave_with(|| this.inner.set(None));
            }
        }
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn new(inner: B, exchange: Exchange) -> Self {
        Self { inner: Some(inner), exchange }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let polled = this.exchange.poll(context, |context| inner.as_mut().poll_frame(context));
        let left = match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Buf::remaining);
                // Nothing may follow trailers, and some servers do not ask whether anything does.
                this.exchange.sent(bytes, frame.is_trailers() || inner.is_end_stream());
                return polled;
            }
            Poll::Pending => return polled,
            Poll::Ready(None) => Left::Whole,
            Poll::Ready(Some(Err(_))) => Left::Failed,
        };
        this.exchange.end_with(left, || this.inner.set(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
