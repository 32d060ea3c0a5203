//! What a sink of one's own is told of lots, what its values are if it takes none, and what it may do meanwhile.

use std::{
    panic,
    sync::{Arc, Mutex},
    thread,
};

use llm_span::{
    Exemplar, HistogramFamily, HistogramPoint, IgnoreFindings, Labels, LlmLayer, MetricSink, Operation, Pending, Reader,
    ReportUsage, Usage, call,
    contract::{Measure, Metric, MetricSet},
};
use tracing::{Dispatch, dispatcher::with_default};
use tracing_subscriber::prelude::*;

use super::{JOBS, job, sets, subscriber};

const GAPS: &str = "stream.gap";

/// Takes lots, or not, and does something with each value.
#[derive(Clone)]
struct Own {
    takes_lots: bool,
    pending: Arc<Mutex<Vec<Pending>>>,
    values: Arc<Mutex<Vec<f64>>>,
    does: Arc<dyn Fn(f64) + Send + Sync>,
}

impl Own {
    fn new(takes_lots: bool, does: impl Fn(f64) + Send + Sync + 'static) -> Self {
        Self { takes_lots, pending: Arc::default(), values: Arc::default(), does: Arc::new(does) }
    }

    fn collect(&self) -> Vec<f64> {
        let pending = self.pending.lock().unwrap().clone();
        pending.iter().for_each(Pending::hand_over);
        self.values.lock().unwrap().clone()
    }
}

impl MetricSink for Own {
    fn observed(&self, _: &Metric, _: Reader) {}

    fn histogram(&self, metric: &Metric) -> Box<dyn HistogramFamily> {
        // The durations are of no concern.
        let silent = || Self::new(true, |_| ());
        Box::new(if metric.name == JOBS { silent() } else { self.clone() })
    }

    fn takes_lots(&self, pending: Pending) -> bool {
        self.pending.lock().unwrap().push(pending);
        self.takes_lots
    }
}

impl HistogramFamily for Own {
    fn bind(&self, _: &Labels) -> Box<dyn HistogramPoint> {
        Box::new(self.clone())
    }
}

impl HistogramPoint for Own {
    fn record(&self, value: f64, exemplar: Option<&Exemplar>) {
        assert_eq!(exemplar, None, "none was asked for");
        self.values.lock().unwrap().push(value);
        (self.does)(value);
    }
}

#[test]
fn a_sink_that_does_not_take_lots_is_told_each_value_at_once_and_so_are_those_beside_it() {
    let [at_once, lots] = [false, true].map(|takes| Own::new(takes, |_| ()));
    let layer = LlmLayer::builder().findings(IgnoreFindings).metric_sets(sets()).metrics(lots.clone()).metrics(at_once.clone());
    let both = Dispatch::new(tracing_subscriber::registry().with(layer.build()));
    for size in 1..=3 {
        with_default(&both, || job("a", Some(size)));
        let told = (1..=size).map(|size| size as f64).collect::<Vec<_>>();
        assert_eq!([&at_once, &lots].map(|sink| sink.values.lock().unwrap().clone()), [told.clone(), told]);
    }
}

#[test]
fn a_sink_that_takes_lots_is_told_all_in_their_order_once_it_asks() {
    let sink = Own::new(true, |_| ());
    let subscriber = subscriber(sink.clone());
    with_default(&subscriber, || (1..=3).for_each(|size| job("a", Some(size))));
    assert!(sink.values.lock().unwrap().is_empty(), "nothing has to be told yet");
    assert_eq!(sink.collect(), [1.0, 2.0, 3.0]);
    with_default(&subscriber, || (4..=50).for_each(|size| job("a", Some(size))));
    assert!(sink.values.lock().unwrap().len() > 3, "what waits is bounded");
    assert_eq!(sink.collect(), (1..=50).map(f64::from).collect::<Vec<_>>());
}

struct Chunk;

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[test]
fn times_between_chunks_wait_until_a_sink_asks_as_far_as_there_is_room() {
    let gaps = Metric::histogram(GAPS, [1.0]).unit("s").measure(Measure::TimePerChunk).of_spans_with("gen_ai.request.stream");
    let sets = MetricSet::new("test", [gaps.build().unwrap()]).unwrap();
    let sink = Own::new(true, |_| ());
    llm_span::testing::keep_callsites_open();
    let layer = LlmLayer::builder().findings(IgnoreFindings).metric_sets(sets).metrics(sink.clone()).build();
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer));
    let play = |chunks: usize| {
        let items = || call(Operation::Chat, "openai", "gpt-4o").iterator((0..chunks).map(|_| Chunk));
        with_default(&subscriber, || assert_eq!(items().count(), chunks));
    };
    let told = || sink.values.lock().unwrap().len();

    [3, 1, 5].into_iter().for_each(play);
    assert_eq!(told(), 0, "nothing has to be told yet");
    assert_eq!([sink.collect().len(), sink.collect().len()], [6, 6]);

    (0..40).for_each(|_| play(1_001));
    assert!((7..40_006).contains(&told()), "some are told, and some wait");
    assert!(40_006 - told() <= 16_384, "what waits is bounded");
    assert_eq!(sink.collect().len(), 40_006);

    play(20_001);
    assert_eq!(told(), 60_006, "what finds no room at all is told at once");
    play(11);
    drop(subscriber);
    assert_eq!(told(), 60_016, "a layer that goes tells what it has");
    assert!(sink.collect().iter().all(|gap| (0.0..60.0).contains(gap)));
}

#[test]
fn a_sink_that_panics_takes_nothing_from_others() {
    let panics = Own::new(true, |_| panic::resume_unwind(Box::new(())));
    let other = Own::new(true, |_| ());
    let layer = LlmLayer::builder().findings(IgnoreFindings).metric_sets(sets()).metrics(panics.clone()).metrics(other.clone());
    let both = Dispatch::new(tracing_subscriber::registry().with(layer.build()));
    with_default(&both, || (1..=30).for_each(|size| job("a", Some(size))));
    assert_eq!(other.collect().len(), 30);
    assert!(!panics.values.lock().unwrap().is_empty());
}

#[test]
fn a_sink_that_makes_spans_and_asks_while_it_is_told_hangs_nobody() {
    let sink = Arc::new(Mutex::new(None::<Own>));
    let again = Arc::clone(&sink);
    let does = move |_| {
        let own = again.lock().unwrap().clone();
        job("a", Some(1_000));
        own.unwrap().pending.lock().unwrap().iter().for_each(Pending::hand_over);
    };
    let own = Own::new(true, does);
    *sink.lock().unwrap() = Some(own.clone());
    ends(move || {
        let subscriber = subscriber(own.clone());
        with_default(&subscriber, || {
            (0..40).for_each(|_| job("a", Some(1)));
            assert_eq!(own.collect(), [1.0; 40], "what a sink does while it is told is not measured");
        });
        *sink.lock().unwrap() = None;
    });
}

/// Ended within a minute, or hangs.
fn ends(program: impl FnOnce() + Send + 'static) {
    let program = thread::spawn(program);
    for _ in 0..6_000 {
        if program.is_finished() {
            return program.join().unwrap();
        }
        thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it hangs");
}

#[test]
fn a_layer_that_a_sink_drops_while_it_is_told_anothers_values_leaves_nothing_behind() {
    ends(|| {
        let dropped = Own::new(true, |_| ());
        let other = subscriber(dropped.clone());
        with_default(&other, || (1..=3).for_each(|size| job("a", Some(size))));
        let other = Mutex::new(Some(other));
        let drops = Own::new(true, move |_| drop(other.lock().unwrap().take()));
        let subscriber = subscriber(drops.clone());
        with_default(&subscriber, || job("a", Some(7)));
        assert!(dropped.values.lock().unwrap().is_empty());
        assert_eq!(drops.collect(), [7.0]);
        assert_eq!(*dropped.values.lock().unwrap(), [1.0, 2.0, 3.0]);
    });
}

#[test]
fn a_layer_that_its_own_sink_drops_while_it_is_told_leaves_nothing_behind() {
    ends(|| {
        let layer = Arc::new(Mutex::new(None::<Dispatch>));
        let its = Arc::clone(&layer);
        let sink = Own::new(true, move |_| {
            let Some(layer) = its.lock().unwrap().take() else { return };
            // As another thread may before it is gone, of a series that was not there when these were looked for.
            thread::scope(|scope| scope.spawn(|| with_default(&layer, || job("b", Some(4)))).join().unwrap());
        });
        *layer.lock().unwrap() = Some(subscriber(sink.clone()));
        let own = layer.lock().unwrap().clone();
        with_default(&own.unwrap(), || (1..=3).for_each(|size| job("a", Some(size))));
        let mut told = sink.collect();
        told.sort_by(f64::total_cmp);
        assert_eq!(told, [1.0, 2.0, 3.0, 4.0]);
    });
}
