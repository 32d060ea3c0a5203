//! A stream whose call is open until it ends, fails or is dropped.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{
    super::{Call, scope::Above},
    flow::{Flow, Kept},
};

pin_project_lite::pin_project! {
    /// A stream of chunks, and the call whose response they are. Its items are the stream's own.
    #[must_use = "streams do nothing unless polled"]
    pub struct Chunks<S, W> {
        #[pin]
        stream: Option<S>,
        watch: W,
        flow: Flow,
    }

    impl<S, W> PinnedDrop for Chunks<S, W> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the stream drops when it is abandoned may log, and may record the usage it had.
            this.flow.abandon(|| this.stream.set(None));
        }
    }
}

impl<S, W> Chunks<S, W> {
    /// The chunks of `stream`, each shown to `watch`.
    pub(in crate::call) fn new(stream: S, call: Call, watch: W) -> Self {
        Self { stream: Some(stream), watch, flow: Flow::new(call) }
    }

    /// The stream has ended.
    #[inline(never)]
    fn end(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.stream.is_some() {
            this.flow.end(|| this.stream.set(None));
        }
    }
}

impl<S: Stream, W: FnMut(&S::Item, &mut Kept)> Stream for Chunks<S, W> {
    type Item = S::Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.as_mut().project();
        let (watch, flow) = (this.watch, this.flow);
        let polled = match this.stream.as_pin_mut() {
            Some(stream) => flow.next(
                Above::Falls,
                || stream.poll_next(context),
                |polled, kept| {
                    if let Poll::Ready(Some(item)) = polled {
                        watch(item, kept);
                    }
                },
            ),
            None => Poll::Ready(None),
        };
        if let Poll::Ready(None) = polled {
            self.end();
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S: FusedStream, W: FnMut(&S::Item, &mut Kept)> FusedStream for Chunks<S, W> {
    fn is_terminated(&self) -> bool {
        self.stream.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

impl<S: std::fmt::Debug, W> std::fmt::Debug for Chunks<S, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunks").field("stream", &self.stream).field("flow", &self.flow).finish_non_exhaustive()
    }
}
