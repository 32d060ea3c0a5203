use std::{
    collections::BTreeMap,
    sync::{
        Condvar, OnceLock,
        atomic::{AtomicBool, AtomicUsize},
    },
    thread,
    time::Duration,
};

use llm_span_contract::MetricSet;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, GaugeDataPoint, MetricData, ScopeMetrics, SumDataPoint},
};
use tracing_subscriber::{Layer, layer::SubscriberExt as _};

use super::*;
use crate::{OtelMetrics, metrics::HistogramFamily, pipeline::emit::Events};

/// What takes so long takes for ever.
const LONG: Duration = Duration::from_secs(60);

/// A meter, and what it has.
struct Metered {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
    events: Events,
}

impl Metered {
    fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
        let metrics = OtelMetrics::new(&provider.meter("llm-span"));
        Self { provider, exporter, events: Events::new(Vec::new(), vec![Box::new(metrics)], MetricSet::amtp().metrics()) }
    }

    /// All that was emitted so far.
    fn all(&self) -> BTreeMap<String, String> {
        assert!(self.events.settle(Instant::now() + LONG), "no instrument is made");
        self.collected()
    }

    /// Name, unit, kind and values of each metric.
    fn collected(&self) -> BTreeMap<String, String> {
        self.provider.force_flush().expect("collected");
        let all = self.exporter.get_finished_metrics().expect("metrics");
        let last = all.last().expect("a collection");
        let metrics = last.scope_metrics().flat_map(ScopeMetrics::metrics);
        metrics.map(|metric| (format!("{} {}", metric.name(), metric.unit()), shown(metric.data()))).collect()
    }
}

fn shown(data: &AggregatedMetrics) -> String {
    fn of<T: Copy + fmt::Debug>(data: &MetricData<T>) -> String {
        match data {
            MetricData::Sum(sum) => {
                let values: Vec<_> = sum.data_points().map(SumDataPoint::value).collect();
                format!("{} {values:?}", if sum.is_monotonic() { "counter" } else { "up-down" })
            }
            MetricData::Gauge(gauge) => format!("gauge {:?}", gauge.data_points().map(GaugeDataPoint::value).collect::<Vec<_>>()),
            _ => "other".to_owned(),
        }
    }
    match data {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
    }
}

#[test]
fn opentelemetry_is_told_each_kind_as_its_instrument() {
    let metered = Metered::new();
    let events = &metered.events;
    events.metric("my_metric", 10, "count").emit();
    events.metric("my_metric", 5, "count").emit();
    events.metric("spent", 0.25, "USD").emit();
    events.metric("waiting", 3, "jobs").up_down().emit();
    events.metric("waiting", -4, "jobs").emit();
    events.metric("balance", -0.5, "").emit();
    let expected = [
        ("my_metric {count}", "counter [15]"),
        ("spent {USD}", "counter [0.25]"),
        ("waiting {jobs}", "up-down [-1]"),
        ("balance ", "gauge [-0.5]"),
    ];
    assert_eq!(metered.all(), expected.map(|(name, shown)| (name.to_owned(), shown.to_owned())).into());
}

#[test]
fn whole_sums_are_exact() {
    let metered = Metered::new();
    let large = 9_007_199_254_740_993_u64;
    metered.events.metric("large", large, "").emit();
    metered.events.metric("large", 2.0, "").emit();
    metered.events.metric("small", i64::MIN, "").emit();
    let collected = metered.all();
    assert_eq!(collected["large "], format!("counter [{}]", large + 2));
    assert_eq!(collected["small "], format!("up-down [{}]", i64::MIN));
}

/// OpenTelemetry holds a lock while it calls the callbacks, which an instrument that is made needs.
#[test]
fn what_opentelemetry_calls_while_it_collects_may_emit_a_metric_of_a_new_name() {
    let metered = Metered::new();
    let events = metered.events.clone();
    let emit = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
        events.metric("from_a_callback", 1, "").emit();
        observer.observe(1.0, &[]);
    };
    let _gauge = metered.provider.meter("program").f64_observable_gauge("gauge").with_callback(emit).build();
    metered.provider.force_flush().expect("collected");
    assert!(metered.all().contains_key("from_a_callback "));
}

/// A sink whose instruments take until it is let go.
#[derive(Clone, Default)]
struct Stuck(Arc<StuckState>);

#[derive(Default)]
struct StuckState {
    is_free: Mutex<bool>,
    freed: Condvar,
    made: AtomicUsize,
    threads: Mutex<Vec<thread::ThreadId>>,
}

impl Stuck {
    fn let_go(&self) {
        *self.0.is_free.lock().unwrap() = true;
        self.0.freed.notify_all();
    }
}

impl MetricSink for Stuck {
    fn observed(&self, _: &Metric, _: Reader) {
        let free = self.0.freed.wait_while(self.0.is_free.lock().unwrap(), |is_free| !*is_free);
        drop(free.unwrap());
        self.0.threads.lock().unwrap().push(thread::current().id());
        self.0.made.fetch_add(1, Ordering::SeqCst);
    }

    fn histogram(&self, _: &Metric) -> Box<dyn HistogramFamily> {
        unreachable!("nothing of it is emitted")
    }
}

#[test]
fn nobody_waits_for_a_sink_that_makes_no_instrument_and_other_sinks_are_not_held_up() {
    let (stuck, prometheus) = (Stuck::default(), crate::Prometheus::new());
    let events = Events::new(Vec::new(), vec![Box::new(stuck.clone()), Box::new(prometheus.clone())], []);
    // It comes back though the sink is stuck for as long as this test wants.
    for number in 0..100 {
        events.metric(format!("name_{number}"), 7, "").emit();
    }
    assert_eq!(stuck.0.made.load(Ordering::SeqCst), 0);
    let has_last = || prometheus.render(None).body.contains("name_99_total 7");
    let began = Instant::now();
    while !has_last() {
        assert!(began.elapsed() < LONG, "{}", prometheus.render(None).body);
        thread::yield_now();
    }
    assert!(!events.settle(Instant::now()), "it is not done");
    stuck.let_go();
    assert!(events.settle(Instant::now() + LONG));
    assert_eq!(stuck.0.made.load(Ordering::SeqCst), 100);
    let threads = stuck.0.threads.lock().unwrap().clone();
    assert!(threads.iter().all(|thread| *thread == threads[0]), "one thread makes them all");
}

#[test]
fn values_that_come_while_a_collection_hangs_are_in_the_next_one() {
    let metered = Metered::new();
    let (inside, is_inside) = std::sync::mpsc::channel();
    let (let_go, may_go) = std::sync::mpsc::channel::<()>();
    let (may_go, hangs) = (Mutex::new(may_go), AtomicBool::new(true));
    let hang = move |_: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
        if hangs.swap(false, Ordering::SeqCst) {
            let _ = inside.send(());
            let _ = may_go.lock().unwrap().recv();
        }
    };
    let _gauge = metered.provider.meter("program").f64_observable_gauge("gauge").with_callback(hang).build();
    let provider = metered.provider.clone();
    let collection = thread::spawn(move || provider.force_flush());
    is_inside.recv().unwrap();
    for _ in 0..10 {
        metered.events.metric("while_it_hangs", 7, "").emit();
        metered.events.metric("another", 0.5, "").emit();
    }
    let_go.send(()).unwrap();
    collection.join().unwrap().expect("collected");
    let all = metered.all();
    assert_eq!((&*all["while_it_hangs "], &*all["another "]), ("counter [70]", "counter [5.0]"));
}

#[test]
fn a_name_of_another_metric_is_in_no_sum() {
    let metered = Metered::new();
    let events = &metered.events;
    for name in ["llm.total.tokens", "llm_total_tokens", "Total_Tokens", "a.b", "a_b", "a-b"] {
        events.metric(name, 7, "tokens").emit();
    }
    assert_eq!(metered.all(), [("a.b {tokens}".to_owned(), "counter [7]".to_owned())].into());
}

/// Keeps the messages of what is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut fields = crate::pipeline::event::Fields::new(event.metadata());
        event.record(&mut fields);
        if fields.target == TARGET {
            self.0.lock().unwrap().push(fields.message);
        }
    }
}

/// A second subscriber, so that callsites which a thread without one came by first are asked about anew.
fn keeper() {
    static KEEPER: OnceLock<tracing::Dispatch> = OnceLock::new();
    KEEPER.get_or_init(|| tracing::Dispatch::new(tracing_subscriber::registry().with(Told::default())));
}

#[test]
fn what_does_not_fit_is_told_once() {
    keeper();
    let told = Told::default();
    let messages = told.0.clone();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(told), || {
        let metered = Metered::new();
        let events = &metered.events;
        for _ in 0..3 {
            events.metric("jobs", 1, "jobs").emit();
            events.metric("jobs", -1, "jobs").emit();
            events.metric("jobs", 1, "s").emit();
            events.metric("no name", 1, "").emit();
            events.metric("llm.total.tokens", 1, "").emit();
        }
        for number in 0..MAX_NAMES + 100 {
            events.metric(format!("name_{number}"), 1, "").emit();
        }
    });
    assert_eq!(
        *messages.lock().unwrap(),
        [
            "a value of the metric `jobs`, which the program emits, is not added to its sum: it is negative, and the first value made it a \
             counter, which only grows; say `.up_down()` with the first value; such values are told one by one only",
            "a value of the metric `jobs`, which the program emits, is not added to its sum: it comes with another unit than before; such \
             values are told one by one only",
            "a metric that the program emits has no sum: metric `no name`: \"no name\" is no name of an instrument; expected a letter, then \
             letters, digits, `_`, `.`, `-` and `/`, at most 255 of them",
            "a metric that the program emits has no sum: metric `llm.total.tokens`: in Prometheus it would read `llm_total_tokens_total`, \
             which belongs to `total_tokens`, a metric that is derived or emitted, too; emit it under another name",
            "the program emits metrics of more than 512 names; `name_509` and others have no sum: tell what differs by attributes",
        ]
    );
}
