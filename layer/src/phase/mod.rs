//! The phases inside a call that the AMTP contract names: asking the model, and reading its answer.
//!
//! They are marked by spans of a fixed name below the call's. They are not calls: no contract is held to them, and no tokens of
//! them are counted.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tracing::Span;

/// Marks the time in which the model is asked: runs the future in a span `llm.inference`, a child of the current span.
///
/// ```
/// # struct Client;
/// # impl Client { async fn send(&self) -> String { String::new() } }
/// # fn parse(body: &str) -> usize { body.len() }
/// # async fn demo(client: &Client) -> usize {
/// let body = llm_span::inference(client.send()).await;
/// llm_span::response_parse(|| parse(&body))
/// # }
/// ```
///
/// The span begins at the first poll, is entered while the future is polled, and ends when it is ready or dropped. For a stream
/// that is the time until it is there; its chunks are told by the call itself.
pub fn inference<F: Future>(future: F) -> PhaseFuture<F> {
    PhaseFuture::new(future, inference_span)
}

/// [`inference`] of synchronous code: runs the closure in a span `llm.inference`.
pub fn inference_sync<R>(body: impl FnOnce() -> R) -> R {
    inference_span().in_scope(body)
}

/// Marks the time in which the response is read: runs the closure in a span `llm.response.parse`, a child of the current span;
/// see [`inference`].
pub fn response_parse<R>(body: impl FnOnce() -> R) -> R {
    response_parse_span().in_scope(body)
}

/// [`response_parse`] of asynchronous code: runs the future in a span `llm.response.parse`.
pub fn response_parse_async<F: Future>(future: F) -> PhaseFuture<F> {
    PhaseFuture::new(future, response_parse_span)
}

fn inference_span() -> Span {
    tracing::info_span!(target: "llm_span::phase", "llm.inference")
}

fn response_parse_span() -> Span {
    tracing::info_span!(target: "llm_span::phase", "llm.response.parse")
}

pin_project_lite::pin_project! {
    /// The future of [`inference`] and [`response_parse_async`]; `Send` where the one inside is.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct PhaseFuture<F> {
        #[pin]
        body: Option<F>,
        span: Phase,
    }

    impl<F> PinnedDrop for PhaseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body drops when it is cancelled may log. Never polled, it has no span.
            if let Phase::Begun(span) = this.span {
                let _entered = span.enter();
                this.body.set(None);
            }
        }
    }
}

#[derive(Debug)]
enum Phase {
    New(fn() -> Span),
    Begun(Span),
}

impl<F> PhaseFuture<F> {
    fn new(body: F, span: fn() -> Span) -> Self {
        Self { body: Some(body), span: Phase::New(span) }
    }
}

impl<F: Future> Future for PhaseFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Pending; // polled after it was ready, which no caller does
        };
        if let Phase::New(begin) = *this.span {
            *this.span = Phase::Begun(begin());
        }
        let Phase::Begun(span) = &mut *this.span else { return body.poll(context) };
        let entered = span.enter();
        let polled = body.poll(context);
        if polled.is_ready() {
            this.body.set(None);
        }
        drop(entered);
        if polled.is_ready() {
            // The phase ends here, however long the future is kept.
            *span = Span::none();
        }
        polled
    }
}

#[cfg(test)]
mod tests;
