//! The time from each chunk to the next one, as the layer measures it when the call ends.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt as _, stream};
use llm_span::{
    Exemplar, HistogramFamily, HistogramPoint, IgnoreFindings, Labels, LlmLayer, MetricSink, Operation, Reader, call,
    contract::{Generation, Measure, Metric, MetricSet},
    llm_span, record_chunk,
};
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use crate::chunk::{Chunk, Overloaded, answer, text, tried, usage};

/// Keeps the times between chunks, in seconds.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<Vec<f64>>>);

/// Of the metric that is meant, or of another one.
#[derive(Clone)]
struct Instrument(Option<Times>);

impl MetricSink for Times {
    fn observed(&self, _: &Metric, _: Reader) {}

    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily> {
        let is_of_chunks = metric.points.iter().any(|point| point.measure == Measure::TimePerChunk);
        Box::new(Instrument(is_of_chunks.then(|| self.clone())))
    }
}

impl HistogramFamily for Instrument {
    fn bind(&self, _: &Labels) -> Box<dyn HistogramPoint> {
        Box::new(self.clone())
    }
}

impl HistogramPoint for Instrument {
    fn record(&self, value: f64, _: Option<&Exemplar>) {
        if let Some(times) = &self.0 {
            times.0.lock().unwrap().push(value);
        }
    }
}

impl Times {
    /// A subscriber whose layer measures the time between chunks, for as long as the guard is kept.
    fn measured() -> (Self, tracing::subscriber::DefaultGuard) {
        let times = Self::default();
        let layer = LlmLayer::builder().metric_sets(MetricSet::gen_ai(Generation::G1)).metrics(times.clone());
        let subscriber = Registry::default().with(layer.findings(IgnoreFindings).build());
        (times, tracing::subscriber::set_default(subscriber))
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn sum(&self) -> f64 {
        self.0.lock().unwrap().iter().sum()
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn of(chunks: Vec<Chunk>) -> impl Stream<Item = Chunk> {
    stream::iter(chunks)
}

#[tokio::test]
async fn each_chunk_after_the_first_is_measured_when_the_call_ends() {
    let (times, _guard) = Times::measured();
    let mut chunks = of(answer());
    assert_eq!(chunks.by_ref().take(4).count().await, 4);
    assert_eq!(times.count(), 0);
    assert!(chunks.next().await.is_none());
    assert_eq!(times.count(), 3);
    assert_eq!(of(vec![usage(1, 2)]).count().await, 1);
    assert_eq!(of(Vec::new()).count().await, 0);
    assert_eq!(times.count(), 3);
}

#[tokio::test]
async fn the_times_are_no_longer_in_sum_than_the_response_and_no_shorter_than_its_pauses() {
    let (times, _guard) = Times::measured();
    let started = Instant::now();
    let mut chunks = of(vec![text("a"), text("b"), usage(128, 64)]);
    while chunks.next().await.is_some() {
        let pause = Instant::now();
        while pause.elapsed() < Duration::from_micros(500) {
            tokio::task::yield_now().await;
        }
    }
    let (sum, took) = (times.sum(), started.elapsed().as_secs_f64());
    // Two of the three pauses are between chunks; less what numbers of 32 bits are short of.
    assert!((0.000_999_9..took - 0.000_499_9).contains(&sum), "{sum} of {took}");
}

#[tokio::test]
async fn of_calls_that_fail_or_are_left_the_chunks_that_came_are_measured() {
    #[llm_span(operation = "chat", provider = "openai", model = "gpt-4o", error_type = |e| e.code())]
    fn fails() -> impl Stream<Item = Result<Chunk, Overloaded>> {
        tried().chain(stream::iter([Err(Overloaded)]))
    }

    let (times, _guard) = Times::measured();
    assert_eq!(fails().count().await, 5);
    assert_eq!(times.count(), 3);
    let mut left = of(answer());
    assert!(left.next().await.is_some() && left.next().await.is_some());
    drop(left);
    assert_eq!(times.count(), 3 + 1);
}

#[test]
fn chunks_that_are_recorded_one_by_one_are_measured_too() {
    let (times, _guard) = Times::measured();
    let open = call(Operation::Chat, "openai", "gpt-4o").open();
    (0..5).for_each(|_| open.record_chunk(()));
    open.succeed(());
    assert_eq!(times.count(), 4);
    call(Operation::Chat, "openai", "gpt-4o").in_scope_in_body(|| {
        record_chunk(());
        record_chunk(());
    });
    assert_eq!(times.count(), 4 + 1);
}

#[tokio::test]
async fn chunks_of_streams_that_are_read_in_turn_are_told_apart() {
    let (times, _guard) = Times::measured();
    let (mut one, mut other) = (of(answer()), of(answer()));
    for _ in 0..5 {
        one.next().await;
        other.next().await;
    }
    assert_eq!(times.count(), 2 * 3);
}
