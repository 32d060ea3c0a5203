//! The same small call, bare and annotated: what is around it is all there is to count.

#![allow(clippy::unused_async, reason = "what is counted is the call, not a wait")]

use std::{
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use llm_span::llm_span;
use tracing::instrument;

/// As small as an answer gets.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    prompt: u32,
    completion: u32,
}

fn work(length: u32) -> Answer {
    Answer { prompt: black_box(length), completion: 64 }
}

#[inline(never)]
pub(crate) fn bare(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[instrument(skip_all)]
pub(crate) fn instrumented(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[llm_span(operation = "chat", provider = "openai", model = model, usage = |answer| (answer.prompt, answer.completion))]
pub(crate) fn annotated(model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
pub(crate) async fn bare_async(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[instrument(skip_all)]
pub(crate) async fn instrumented_async(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[llm_span(operation = "chat", provider = "openai", model = model, usage = |answer| (answer.prompt, answer.completion))]
pub(crate) async fn annotated_async(model: &str, length: u32) -> Answer {
    work(length)
}

/// Polls a future that is ready at once.
pub(crate) fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
