//! An annotated call costs at most 5 ns over the bare one where nobody listens, async or not: a library's users who install no subscriber pay
//! that.

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use llm_span::llm_span;
use llm_span_benches::{Bars, Bench};
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
#[fastrace::trace]
fn traced(_model: &str, length: u32) -> Answer {
    work(length)
}

/// The same, asynchronous.
#[allow(clippy::unused_async, reason = "what is measured is the call, not a wait")]
mod asynchronous {
    use super::{Answer, instrument, llm_span, work};

    #[inline(never)]
    pub(super) async fn bare(_model: &str, length: u32) -> Answer {
        work(length)
    }

    #[inline(never)]
    #[instrument(skip_all)]
    pub(super) async fn instrumented(_model: &str, length: u32) -> Answer {
        work(length)
    }

    #[inline(never)]
    #[llm_span(operation = "chat", provider = "openai", model = model, usage = |answer| (answer.prompt, answer.completion))]
    pub(super) async fn annotated(model: &str, length: u32) -> Answer {
        work(length)
    }

    #[inline(never)]
    #[fastrace::trace]
    pub(super) async fn traced(_model: &str, length: u32) -> Answer {
        work(length)
    }
}

/// Polls a future that is ready at once.
fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

pub(crate) fn run(bars: &mut Bars) {
    let model = black_box("gpt-4o");
    let mut bench = Bench::new("no_subscriber");
    bench.case("bare", || bare(model, black_box(128)));
    bench.case("#[instrument]", || instrumented(model, black_box(128)));
    bench.case("#[llm_span]", || annotated(model, black_box(128)));
    bench.case("fastrace", || traced(model, black_box(128)));
    bench.case("async-bare", || ready(asynchronous::bare(model, black_box(128))));
    bench.case("async-#[instrument]", || ready(asynchronous::instrumented(model, black_box(128))));
    bench.case("async-#[llm_span]", || ready(asynchronous::annotated(model, black_box(128))));
    bench.case("async-fastrace", || ready(asynchronous::traced(model, black_box(128))));
    let mut figures = bench.run();

    let (call, async_call) = (figures.added("#[llm_span]", "bare"), figures.added("async-#[llm_span]", "async-bare"));
    for (case, base) in
        [("#[instrument]", "bare"), ("fastrace", "bare"), ("async-#[instrument]", "async-bare"), ("async-fastrace", "async-bare")]
    {
        figures.added(case, base);
    }
    figures.ratio("#[llm_span]", "#[instrument]");
    figures.ratio("#[llm_span]", "fastrace");
    figures.ratio("async-#[llm_span]", "async-#[instrument]");
    figures.ratio("async-#[llm_span]", "async-fastrace");
    bars.at_most("no subscriber: a call over the bare one, ns", call, 5.0, None);
    bars.at_most("no subscriber: an async call over the bare one, ns", async_call, 5.0, None);
    println!("{figures}");
}
