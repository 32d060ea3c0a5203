//! A stream's chunk costs at most 30 ns over the bare stream's under `LlmLayer` on a registry, 60 ns where the time of each is measured, and
//! beside tracing-opentelemetry 1.2 times what its own enter and exit of a span cost. Likewise of iterators.
//!
//! Figures are of a chunk, of streams of a thousand: the call around it is a small part.

use std::{
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use llm_span::{
    ReportUsage, Usage,
    contract::{Measure, MetricError, MetricSet, MetricSets},
    llm_span,
};
use llm_span_benches::{Bars, Bench, Figures, Timed};
use opentelemetry_sdk::trace::Sampler;
use tracing::{Dispatch, Span, dispatcher::with_default, info_span};
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use crate::subscribers::{Meters, both_sets, known, llm, otel, registry, under};

const CHUNKS: u32 = 1_000;

/// A chunk of a response; the last one tells the usage.
#[derive(Clone, Copy)]
struct Chunk {
    text: &'static str,
    usage: Option<(u32, u32)>,
}

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        self.usage.map(|(prompt, completion)| Usage::new(prompt, completion))
    }
}

/// A response of a thousand chunks that are all there.
struct Response {
    left: u32,
}

impl Response {
    fn new() -> Self {
        Self { left: black_box(CHUNKS) }
    }
}

impl Iterator for Response {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        self.left = self.left.checked_sub(1)?;
        Some(black_box(Chunk { text: "word", usage: (self.left == 0).then_some((128, 64)) }))
    }
}

impl Stream for Response {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Chunk>> {
        Poll::Ready(self.next())
    }
}

#[inline(never)]
fn bare() -> impl Stream<Item = Chunk> {
    Response::new()
}

#[inline(never)]
#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn annotated() -> impl Stream<Item = Chunk> {
    Response::new()
}

#[inline(never)]
fn bare_iterator() -> impl Iterator<Item = Chunk> {
    Response::new()
}

#[inline(never)]
#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn annotated_iterator() -> impl Iterator<Item = Chunk> {
    Response::new()
}

/// A stream that is polled inside a span, as futures are that are instrumented.
struct InSpan {
    span: Span,
    response: Response,
}

impl Stream for InSpan {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Chunk>> {
        let Self { span, response } = &mut *self;
        let _entered = span.enter();
        Pin::new(response).poll_next(context)
    }
}

#[inline(never)]
fn in_span() -> impl Stream<Item = Chunk> {
    InSpan { span: info_span!("response"), response: Response::new() }
}

/// Reads a stream to its end.
fn read(stream: impl Stream<Item = Chunk>) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(chunk)) = stream.as_mut().poll_next(&mut context) {
        black_box(chunk.text);
    }
}

fn read_iterator(iterator: impl Iterator<Item = Chunk>) {
    iterator.for_each(|chunk| _ = black_box(chunk.text));
}

/// Both sets, without the metric that has every chunk timed.
fn untimed() -> Result<MetricSets, MetricError> {
    let times = |measure: &Measure| matches!(measure, Measure::TimePerChunk);
    let both = both_sets()?;
    let metrics = both.metrics().iter().filter(|metric| !metric.points.iter().any(|point| times(&point.measure)));
    Ok(MetricSet::new("untimed", metrics.cloned())?.into())
}

/// Whether chunks are timed holds for the process: so a layer that does it is there for a sample only.
fn timed(meters: &Meters, timed: &mut Timed, sets: &MetricSets, body: impl FnMut()) {
    let subscriber = Dispatch::new(Registry::default().with(llm(meters, sets.clone())));
    known(subscriber, 2, body)(timed);
}

pub(crate) fn run(bars: &mut Bars) -> Result<(), MetricError> {
    let meters = [(); 4].map(|()| Meters::new());
    let measured = |meters| Ok::<_, MetricError>(Dispatch::new(Registry::default().with(llm(meters, untimed()?))));
    let otel = || Registry::default().with(otel(Sampler::AlwaysOn));
    let ours = measured(&meters[0])?;
    // It shows that all chunks were read, and the call ended.
    with_default(&ours, || read(annotated()));
    assert!(meters[0].told().iter().any(|metric| metric.total == 192), "the stream's tokens are counted");
    let beside_otel = Dispatch::new(otel().with(llm(&meters[1], untimed()?)));
    let both = both_sets()?;

    let mut bench = Bench::new("stream");
    bench.units(CHUNKS.into());
    bench.case("bare", || read(bare()));
    bench.case_within("registry,entered", under(registry(), || read(in_span())));
    bench.case_within("registry", under(registry(), || read(annotated())));
    bench.case_within("registry+LlmLayer", under(ours.clone(), || read(annotated())));
    bench.case_within("registry+LlmLayer,time-per-chunk", |sample| timed(&meters[2], sample, &both, || read(annotated())));
    bench.case_within("registry+OTel,entered", under(Dispatch::new(otel()), || read(in_span())));
    bench.case_within("registry+OTel", under(Dispatch::new(otel()), || read(annotated())));
    bench.case_within("registry+OTel+LlmLayer", under(beside_otel, || read(annotated())));
    bench.case("iterator,bare", || read_iterator(bare_iterator()));
    bench.case_within("iterator,registry", under(registry(), || read_iterator(annotated_iterator())));
    bench.case_within("iterator,registry+LlmLayer", under(ours, || read_iterator(annotated_iterator())));
    bench.case_within("iterator,registry+LlmLayer,time-per-chunk", |sample| {
        timed(&meters[3], sample, &both, || read_iterator(annotated_iterator()));
    });
    println!("{}", compared(bench.run(), bars));
    Ok(())
}

fn compared(mut figures: Figures, bars: &mut Bars) -> Figures {
    let chunk = figures.added("registry+LlmLayer", "bare");
    let timed = figures.added("registry+LlmLayer,time-per-chunk", "bare");
    let iterated = figures.added("iterator,registry+LlmLayer", "iterator,bare");
    let iterated_timed = figures.added("iterator,registry+LlmLayer,time-per-chunk", "iterator,bare");
    // What `tracing` takes to enter and leave a span, without any of ours: no chunk that is polled inside its call's span takes less.
    figures.added("registry,entered", "bare");
    figures.added("registry", "bare");
    figures.added("iterator,registry", "iterator,bare");
    figures.added("registry+OTel,entered", "bare");
    figures.added("registry+OTel+LlmLayer", "bare");
    let beside_otel = figures.ratio_as(
        "registry+OTel+LlmLayer-added:registry+OTel,entered-added",
        ["registry+OTel+LlmLayer", "registry+OTel,entered", "bare"],
        |[ours, theirs, bare]| (ours - bare) / (theirs - bare),
    );
    bars.at_most("stream: a chunk over the bare stream's, ns", chunk, 30.0, None);
    bars.at_most("stream: a chunk with its time, over the bare stream's, ns", timed, 60.0, None);
    bars.at_most("stream: an iterator's chunk over the bare one's, ns", iterated, 30.0, None);
    bars.at_most("stream: an iterator's chunk with its time, over the bare one's, ns", iterated_timed, 60.0, None);
    bars.at_most("stream: a chunk beside tracing-opentelemetry, of its enter and exit", beside_otel, 1.2, None);
    figures
}
