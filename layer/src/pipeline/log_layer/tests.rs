use std::{
    fmt,
    sync::Mutex,
    time::{Duration, Instant},
};

use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{error, info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Registry, filter::LevelFilter, layer::SubscriberExt as _};

use super::*;
use crate::pipeline::{
    event::{FieldValue, Severity},
    settings::QueueSettings,
    worker::{Failure, Patience, Running as _, Sink, Teller, Worker},
};

/// Keeps the lines that it is handed.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Event>>>);

impl Sink for Kept {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, _: &Patience) -> Result<(), Failure> {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// The lines of what `emit` emits, by a layer that `place` puts into a subscriber.
fn lines_in<S>(place: impl FnOnce(LogLayer) -> S, emit: impl FnOnce()) -> Vec<LogEvent>
where
    S: Subscriber + Send + Sync + 'static,
{
    // A second subscriber, so that callsites which a thread without one came by first are asked about anew.
    static KEEPER: std::sync::OnceLock<Dispatch> = std::sync::OnceLock::new();
    KEEPER.get_or_init(|| Dispatch::new(tracing_subscriber::registry().with(LogLayer::default())));
    let kept = Kept::default();
    let worker = Worker::start("kept", QueueSettings::default(), kept.clone(), Teller::default()).expect("a thread");
    tracing::subscriber::with_default(place(LogLayer::new(Lined { all: vec![worker.queue()], ..Lined::default() })), emit);
    assert!(worker.flush(Instant::now() + Duration::from_secs(60)));
    let kept = kept.0.lock().unwrap();
    let lines = kept.iter().map(|event| if let Event::Log(line) = event { LogEvent::clone(line) } else { panic!("{event:?}") });
    lines.collect()
}

fn lines(emit: impl FnOnce()) -> Vec<LogEvent> {
    lines_in(|layer| tracing_subscriber::registry().with(layer), emit)
}

fn line(emit: impl FnOnce()) -> LogEvent {
    let mut lines = lines(emit);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}

#[test]
fn what_the_pipeline_tells_of_itself_is_not_for_all() {
    let others = Kept::default();
    let worker = Worker::start("others", QueueSettings::default(), others.clone(), Teller::default()).expect("a thread");
    let place = |layer: LogLayer| {
        let queues = Lined { others: vec![worker.queue()], ..layer.queues };
        tracing_subscriber::registry().with(LogLayer::new(queues))
    };
    let all = lines_in(place, || {
        info!(target: TARGET, "a sink is stuck");
        info!("work goes on");
    });
    assert!(worker.flush(Instant::now() + Duration::from_secs(60)));
    let others = others.0.lock().unwrap();
    assert_eq!((all.len(), others.len()), (2, 1));
    assert!(matches!(&others[0], Event::Log(line) if line.message == "work goes on"), "{others:?}");
}

#[test]
fn fields_keep_their_type() {
    let error = std::io::Error::other("reset");
    let line = line(|| {
        info!(
            flag = true,
            int = -1_i64,
            unsigned = u64::MAX,
            float = 0.5,
            text = "a",
            shown = %"b",
            debug = ?"c",
            wide = i128::MAX,
            narrow = 7_u128,
            error = &error as &(dyn std::error::Error + 'static),
            nothing = tracing::field::Empty,
            "hello {}", "world"
        );
    });
    let fields: Vec<_> = line.fields.iter().map(|(name, value)| (&**name, value.clone())).collect();
    assert_eq!(line.message, "hello world");
    assert_eq!(
        fields,
        [
            ("flag", FieldValue::Bool(true)),
            ("int", FieldValue::Int(-1)),
            ("unsigned", FieldValue::Unsigned(u64::MAX)),
            ("float", FieldValue::Float(0.5)),
            ("text", text("a")),
            ("shown", text("b")),
            ("debug", text("\"c\"")),
            ("wide", text(&i128::MAX.to_string())),
            ("narrow", FieldValue::Unsigned(7)),
            ("error", text("reset")),
        ]
    );
    assert_eq!((&*line.target, line.severity, line.ids), (module_path!(), Severity::Info, None));
    assert!(line.file.is_some_and(|file| file.ends_with("tests.rs")) && line.line.is_some());
}

#[test]
fn an_error_whose_field_says_so_is_critical() {
    let severities = |emit: fn()| {
        let line = line(emit);
        (line.severity, line.fields.len())
    };
    assert_eq!(severities(|| error!(severity = "critical", "x")), (Severity::Critical, 0));
    assert_eq!(severities(|| error!(severity = %Severity::Critical, attempt = 1, "x")), (Severity::Critical, 1));
    assert_eq!(severities(|| error!(severity = "minor", "x")), (Severity::Error, 1));
    assert_eq!(severities(|| info!(severity = "critical", "x")), (Severity::Info, 1));
}

#[test]
fn lines_of_the_log_crate_have_their_own_target_and_place() {
    use tracing_log::log::{Level, Record};
    let line = line(|| {
        let mut record = Record::builder();
        record.level(Level::Warn).target("old::module").file(Some("old.rs")).line(Some(7));
        tracing_log::format_trace(&record.args(format_args!("from {}", "log")).build()).expect("dispatched");
    });
    assert_eq!((&*line.target, line.file.as_deref(), line.line), ("old::module", Some("old.rs"), Some(7)));
    assert_eq!((line.severity, &*line.message, line.fields), (Severity::Warn, "from log", Vec::new()));
}

/// With OpenTelemetry beside the layer.
fn with_opentelemetry(layer: LogLayer) -> impl Subscriber + Send + Sync {
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("test");
    tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)).with(layer)
}

fn ids_of(span: &tracing::Span) -> (u128, u64) {
    let context = span.context();
    let span = context.span();
    let ids = span.span_context();
    (u128::from_be_bytes(ids.trace_id().to_bytes()), u64::from_be_bytes(ids.span_id().to_bytes()))
}

fn ids(line: &LogEvent) -> (u128, u64) {
    line.ids.map(|ids| (ids.trace_id(), ids.span_id())).expect("ids")
}

#[test]
fn ids_are_those_of_the_span_or_of_an_explicit_parent() {
    let mut expected = Vec::new();
    let lines = lines_in(with_opentelemetry, || {
        let outer = info_span!("outer");
        let other = info_span!("other");
        outer.in_scope(|| {
            info!("inside");
            info!(parent: &other, "of another");
            info!(parent: None, "of none");
        });
        expected = vec![ids_of(&outer), ids_of(&other)];
    });
    assert_eq!(lines[..2].iter().map(ids).collect::<Vec<_>>(), expected);
    assert_eq!(lines[2].ids, None);
}

#[test]
fn ids_are_found_also_where_a_filter_hides_the_span() {
    let mut expected = None;
    let hidden = |layer: LogLayer| {
        let provider = SdkTracerProvider::builder().build();
        let tracer = provider.tracer("test");
        let layer = layer.with_filter(LevelFilter::WARN);
        tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)).with(layer)
    };
    let lines = lines_in(hidden, || {
        let span = info_span!("hidden");
        span.in_scope(|| tracing::warn!("inside"));
        expected = Some(ids_of(&span));
    });
    assert_eq!(lines.iter().map(ids).collect::<Vec<_>>(), Vec::from_iter(expected));
}

#[test]
fn without_opentelemetry_lines_of_one_span_have_ids_of_its_own() {
    let lines = lines(|| {
        info_span!("span").in_scope(|| {
            info!("one");
            info!("other");
        });
    });
    assert_eq!(ids(&lines[0]), ids(&lines[1]));
}

#[test]
fn a_value_that_panics_is_told_as_such_and_the_next_line_is_written() {
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("a value that panics")
        }
    }
    let lines = lines(|| {
        info!(value = ?Panics, "one");
        info!("other");
    });
    assert_eq!(lines[0].fields, [("value".into(), text("<panicked>"))]);
    assert_eq!(lines[1].message, "other");
}

#[test]
fn lines_within_lines_are_written_to_a_depth() {
    let turns: Vec<_> = std::iter::from_fn(Turn::take).collect();
    assert_eq!(turns.len(), usize::from(NESTED) + 1);
    drop(turns);
    assert!(Turn::take().is_some());
}

#[test]
fn without_a_queue_no_line_is_made() {
    struct Told(Arc<Mutex<u32>>);
    impl fmt::Debug for Told {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            *self.0.lock().unwrap() += 1;
            f.write_str("told")
        }
    }
    let times = Arc::new(Mutex::new(0));
    let subscriber: tracing_subscriber::layer::Layered<LogLayer, Registry> =
        tracing_subscriber::registry().with(LogLayer::default());
    tracing::subscriber::with_default(subscriber, || info!(value = ?Told(times.clone()), "x"));
    assert_eq!(*times.lock().unwrap(), 0);
}
