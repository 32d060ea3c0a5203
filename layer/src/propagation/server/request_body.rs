//! The body of a request, of which the bytes are counted.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use tracing::dispatcher;

use super::received::Received;

pin_project_lite::pin_project! {
    /// The body of a request, of which the size is told. What reads it in a task of its own stands in the request's span.
    #[derive(Debug)]
    pub struct RequestBody<B> {
        #[pin]
        inner: Option<B>,
        received: Arc<Received>,
        is_end: bool,
    }

    impl<B> PinnedDrop for RequestBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if *this.is_end {
                this.received.is_read();
            }
            match place(this.received) {
                Some(place) => place.run(|| this.inner.set(None)),
                None => this.inner.set(None),
            }
        }
    }
}

impl<B: Body> RequestBody<B> {
    pub(super) fn new(inner: B, received: Arc<Received>) -> Self {
        let is_end = inner.is_end_stream();
        Self { inner: Some(inner), received, is_end }
    }
}

/// Where the reader stands nowhere: the request, while it lasts. A reader in a span of its own stays there.
fn place(received: &Received) -> Option<super::scope::Scope> {
    // Not `Span::current`: that would count itself in with the span.
    let is_nowhere = dispatcher::get_default(|dispatch| dispatch.current_span().id().is_none());
    is_nowhere.then(|| received.place()).flatten()
}

impl<B: Body> Body for RequestBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let polled = match place(this.received) {
            Some(place) => place.poll(context, |context| inner.as_mut().poll_frame(context)),
            None => inner.as_mut().poll_frame(context),
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                this.received.add(frame.data_ref().map_or(0, Buf::remaining));
                *this.is_end = frame.is_trailers() || inner.is_end_stream();
            }
            Poll::Ready(None) => *this.is_end = true,
            Poll::Ready(Some(Err(_))) => this.received.breaks_off(),
            Poll::Pending => {}
        }
        if *this.is_end {
            this.received.is_read();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
