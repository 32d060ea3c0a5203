//! What annotating a function costs where nobody listens: a library's users who install no subscriber pay this.
//!
//! No subscriber is ever made in this process: one alone would switch callsites on for good.

#![allow(clippy::print_stdout, missing_docs, reason = "a bench prints its figures")]
#![allow(clippy::unused_async, reason = "what is measured is the call, not a wait")]

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use llm_span::llm_span;
use llm_span_benches::Bench;
use tracing::instrument;

/// As small as an answer gets, so that the call is all there is to measure.
#[derive(Clone, Copy)]
struct Answer {
    prompt: u32,
    completion: u32,
}

fn work(length: u32) -> Answer {
    Answer { prompt: black_box(length), completion: 64 }
}

#[inline(never)]
fn bare(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[instrument(skip_all)]
fn instrumented(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[llm_span(operation = "chat", provider = "openai", model = model, usage = |answer| (answer.prompt, answer.completion))]
fn annotated(model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
async fn bare_async(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[instrument(skip_all)]
async fn instrumented_async(_model: &str, length: u32) -> Answer {
    work(length)
}

#[inline(never)]
#[llm_span(operation = "chat", provider = "openai", model = model, usage = |answer| (answer.prompt, answer.completion))]
async fn annotated_async(model: &str, length: u32) -> Answer {
    work(length)
}

/// Polls a future that is ready at once.
fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn main() {
    let model = black_box("gpt-4o");
    let mut bench = Bench::new("annotated_call, no subscriber");
    bench.case("bare", || bare(model, black_box(128)));
    bench.case("#[instrument]", || instrumented(model, black_box(128)));
    bench.case("#[llm_span]", || annotated(model, black_box(128)));
    bench.case("bare async", || ready(bare_async(model, black_box(128))));
    bench.case("#[instrument] async", || ready(instrumented_async(model, black_box(128))));
    bench.case("#[llm_span] async", || ready(annotated_async(model, black_box(128))));
    let figures = bench.run();
    let figures = figures.added("#[instrument]", "bare").added("#[llm_span]", "bare");
    let figures = figures.added("#[instrument] async", "bare async").added("#[llm_span] async", "bare async");
    println!("{figures}");
}
