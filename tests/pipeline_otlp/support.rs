//! A program with a pipeline, and what its pipeline says of itself.

use std::{
    collections::BTreeSet,
    fmt,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use llm_span::{
    Telemetry, llm_span,
    pipeline::{Guard, LogFormat, Otlp, OtlpEndpoint, ShutdownReport},
};
use tracing::{
    Dispatch, Event, Level, Subscriber, dispatcher,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
};

use crate::collector::{Collector, Received};

/// How a program speaks to the Collector.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wire {
    Grpc,
    Http,
}

pub(crate) const WIRES: [Wire; 2] = [Wire::Grpc, Wire::Http];

impl Wire {
    pub(crate) fn endpoint(self, collector: &Collector) -> OtlpEndpoint {
        self.endpoint_at(collector.url())
    }

    pub(crate) fn endpoint_at(self, url: impl Into<String>) -> OtlpEndpoint {
        let mut endpoint = match self {
            Self::Grpc => OtlpEndpoint::grpc(url),
            Self::Http => OtlpEndpoint::http(url),
        };
        // For a busy machine.
        endpoint.timeout = Duration::from_secs(20);
        endpoint
    }
}

/// A test's settings: nothing is read from the environment, nothing is written to standard output, nothing waits for long.
pub(crate) fn telemetry() -> Telemetry {
    Telemetry::new().environment([]).service_name("chat").set(|settings| {
        settings.logs.format = Some(LogFormat::Off);
        // What is sent at once is one batch, until a test wants it otherwise.
        settings.queue.delay = Duration::from_secs(60);
        settings.shutdown_timeout = Duration::from_secs(20);
        settings.export_interval = Duration::from_secs(3_600);
    })
}

/// Spans only.
pub(crate) fn traces(endpoint: OtlpEndpoint) -> Telemetry {
    telemetry().set(|settings| {
        settings.otlp = Otlp::default();
        settings.otlp.traces = Some(endpoint);
    })
}

/// A program with a pipeline of its own.
pub(crate) struct Program {
    pub(crate) guard: Option<Guard>,
    pub(crate) dispatch: Dispatch,
    told: Told,
}

impl Program {
    pub(crate) fn start(telemetry: Telemetry) -> Self {
        let (layer, guard) = telemetry.build().expect("good settings");
        let told = Told::default();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer).with(told.clone()));
        dispatcher::with_default(&dispatch, || guard.log_start());
        Self { guard: Some(guard), dispatch, told }
    }

    /// Does something that is measured.
    pub(crate) fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.dispatch, work)
    }

    /// So many spans, each with its number.
    pub(crate) fn spans(&self, numbers: std::ops::Range<i64>) {
        self.run(|| numbers.for_each(|number| drop(tracing::info_span!("work", number).entered())));
    }

    pub(crate) fn guard(&self) -> &Guard {
        self.guard.as_ref().expect("it has not ended")
    }

    pub(crate) fn flush(&self) -> bool {
        self.guard().flush(Duration::from_secs(60))
    }

    pub(crate) fn shutdown(&mut self) -> ShutdownReport {
        self.guard.take().expect("it has not ended").shutdown()
    }

    /// What the pipeline has said of itself: of sinks, without what is set up.
    pub(crate) fn told(&self) -> Vec<String> {
        let all = self.told.0.0.lock().expect("no panic").clone();
        all.into_iter().filter(|line| !line.contains("telemetry started")).collect()
    }

    /// How often it has said so.
    pub(crate) fn told_of(&self, text: &str) -> usize {
        self.told().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until it has said so.
    pub(crate) fn waits_to_tell(&self, text: &str) -> bool {
        let (lines, changed) = &*self.told.0;
        let lines = lines.lock().expect("no panic");
        let told = |lines: &mut Vec<String>| lines.iter().any(|line| line.contains(text));
        !changed.wait_timeout_while(lines, Duration::from_secs(15), |lines| !told(lines)).expect("no panic").1.timed_out()
    }

    /// Lost items of a sink.
    pub(crate) fn losses(&self, sink: &str) -> (u64, u64) {
        let losses = self.guard().losses();
        losses
            .iter()
            .find(|(name, _)| name == sink)
            .map(|(_, losses)| (losses.dropped, losses.failed))
            .expect("a sink of that name")
    }
}

/// The numbers of the spans that have arrived; each must have come once.
pub(crate) fn numbers(received: &Received) -> BTreeSet<i64> {
    let all: Vec<i64> = all_numbers(received);
    let numbers: BTreeSet<i64> = all.iter().copied().collect();
    assert_eq!(all.len(), numbers.len(), "a span has come twice");
    numbers
}

/// The same where a request may have come twice.
pub(crate) fn all_numbers(received: &Received) -> Vec<i64> {
    let spans = received.spans();
    spans
        .iter()
        .filter_map(|span| {
            let mut attributes = crate::collector::attributes(&span.attributes);
            attributes.find(|(key, _)| key == "number").and_then(|(_, number)| number.parse().ok())
        })
        .collect()
}

/// A model call with known counts, in whose span a line is logged.
#[llm_span(operation = "chat", provider = "openai", model = model, usage = |answer| (answer.0, answer.1))]
pub(crate) fn chat(model: &str, prompt: u64, completion: u64) -> (u64, u64) {
    tracing::info!(target: "chat::answers", choices = 1, cached = false, "answered");
    (prompt, completion)
}

/// A folder for certificates.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a writable folder");
    path
}

/// Lines of the pipeline itself: `LEVEL sink: text`.
#[derive(Clone, Default)]
struct Told(Arc<(Mutex<Vec<String>>, Condvar)>);

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "llm_span::pipeline" {
            let mut line = Line::default();
            event.record(&mut line);
            let level = *event.metadata().level();
            self.0.0.lock().expect("no panic").push(line.text(level));
            self.0.1.notify_all();
        }
    }
}

#[derive(Default)]
struct Line {
    sink: String,
    message: String,
}

impl Line {
    fn text(self, level: Level) -> String {
        format!("{level} {}: {}", self.sink, self.message)
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sink" {
            value.clone_into(&mut self.sink);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}
