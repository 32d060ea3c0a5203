//! Opens the sinks that are set; one that can't be opened is told, and left out.

use std::{sync::Mutex, time::Duration};

use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::SdkTracerProvider,
};

use super::{
    at_exit,
    emit::Events,
    ending::Ending,
    event::Event,
    export::MetricExports,
    guard::{Guard, Inner, News},
    log_layer::Lined,
    settings::{LogFormat, LogOutput, QueueSettings, Settings},
    sinks::{
        console::{Console, MetricDump},
        json::JsonSpans,
        lines::{LineQueue, Lines, out},
    },
    worker::{Queue, Running, Sink, Teller, Worker},
};
use crate::{
    metrics::Gauges,
    prometheus::{Listening, Prometheus},
};

/// So many log lines of the program wait at least.
const LINES: usize = 1 << 16;

/// What is open so far.
#[derive(Default)]
pub(super) struct Opening {
    pub(super) teller: Teller,
    /// Who shows the starts of spans, their ends, log lines, measurements.
    pub(super) starts: Vec<Queue<Event>>,
    pub(super) ends: Vec<Queue<Event>>,
    pub(super) lines: Lined,
    pub(super) measurements: Vec<Queue<Event>>,
    workers: Vec<Box<dyn Running>>,
    /// Those of them that show log lines to a reader.
    shows: Vec<Box<dyn Running>>,
    news: Vec<News>,
    pub(super) tracer_provider: Option<SdkTracerProvider>,
    meter_provider: Option<SdkMeterProvider>,
    prometheus: Option<Prometheus>,
    listening: Option<Listening>,
    #[cfg(feature = "otlp")]
    runtime: Option<super::sinks::otlp::OtlpRuntime>,
}

impl Opening {
    /// Opens what the program's own log lines are written to; the queue of JSON lines, where that is their format.
    pub(super) fn log_lines(&mut self, settings: &Settings) -> Option<LineQueue> {
        let shown_by_console = settings.enabled && settings.console.is_some();
        // Lines are short, many at a time, and what a reader looks at first.
        let queue = QueueSettings { delay: Duration::ZERO, capacity: settings.queue.capacity.max(LINES), ..settings.queue };
        let output = settings.logs.output;
        match settings.logs.format {
            None if shown_by_console => None,
            Some(LogFormat::Text) if !shown_by_console => {
                let lines = self.open("logs", queue, Ok(Console::on(output)));
                self.shows.extend(self.workers.pop());
                self.lines.shown = lines.map(|queue| (queue, output));
                None
            }
            None | Some(LogFormat::Json) => {
                let lines = self.open("logs", queue, Ok(Lines(out(output))));
                self.shows.extend(self.workers.pop());
                lines.map(|queue| LineQueue { queue, output })
            }
            Some(LogFormat::Text | LogFormat::Off) => None,
        }
    }

    /// Opens the sinks of events.
    pub(super) fn sinks(&mut self, settings: &Settings, resource: &Resource) {
        let at_once = QueueSettings { delay: Duration::ZERO, ..settings.queue };
        if settings.console.is_some()
            && let Some(console) = self.open("console", at_once, Ok(Console::on(LogOutput::Stdout)))
        {
            self.shows.extend(self.workers.pop());
            self.starts.push(console.clone());
            self.ends.push(console.clone());
            if matches!(settings.logs.format, None | Some(LogFormat::Text)) {
                self.lines.shown = Some((console.clone(), LogOutput::Stdout));
            }
            self.measurements.push(console);
        }
        if settings.json_spans {
            let spans = self.open("stdout", at_once, Ok(JsonSpans::stdout(resource)));
            self.ends.extend(spans);
        }
        self.sqlite(settings, resource);
        self.otlp(settings, resource);
    }

    #[cfg(feature = "sqlite")]
    fn sqlite(&mut self, settings: &Settings, resource: &Resource) {
        let Some(sqlite) = &settings.sqlite else { return };
        // Somebody looks at it at once.
        let queue = QueueSettings { delay: settings.queue.delay.min(Duration::from_millis(500)), ..settings.queue };
        let sink = super::sinks::sqlite::Sqlite::open(sqlite, resource);
        if let Some(queue) = self.open("sqlite", queue, sink) {
            self.ends.push(queue.clone());
            self.lines.all.push(queue.clone());
            self.measurements.push(queue);
        }
    }

    #[cfg(not(feature = "sqlite"))]
    fn sqlite(&mut self, settings: &Settings, _: &Resource) {
        if settings.sqlite.is_some() {
            self.left_out("sqlite", "this program is built without llm-span's feature `sqlite`");
        }
    }

    #[cfg(feature = "otlp")]
    fn otlp(&mut self, settings: &Settings, resource: &Resource) {
        use super::sinks::otlp::{OtlpLogs, OtlpTraces};
        if let Some(endpoint) = &settings.otlp.traces {
            let sink = self.runtime().and_then(|runtime| OtlpTraces::new(endpoint, resource, &runtime, &self.teller));
            let queue = self.open("otlp traces", settings.queue, sink);
            self.ends.extend(queue);
        }
        if let Some(endpoint) = &settings.otlp.logs {
            let sink = self.runtime().and_then(|runtime| OtlpLogs::new(endpoint, resource, &runtime, &self.teller));
            let queue = self.open("otlp logs", settings.queue, sink);
            self.lines.others.extend(queue);
        }
    }

    #[cfg(not(feature = "otlp"))]
    fn otlp(&mut self, settings: &Settings, _: &Resource) {
        if settings.otlp.is_set() {
            self.left_out("otlp", "this program is built without llm-span's feature `otlp`");
        }
    }

    /// One for all signals, started when the first needs it.
    #[cfg(feature = "otlp")]
    fn runtime(&mut self) -> Result<super::sinks::otlp::OtlpRuntime, String> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => super::sinks::otlp::OtlpRuntime::start()?,
        };
        self.runtime = Some(runtime.clone());
        Ok(runtime)
    }

    /// The meter provider, where metrics are sent or dumped.
    pub(super) fn meter_provider(&mut self, settings: &Settings, resource: &Resource) -> Option<SdkMeterProvider> {
        let mut builder = SdkMeterProvider::builder().with_resource(resource.clone());
        let mut is_read = false;
        if settings.console.as_ref().is_some_and(|console| console.metrics) {
            builder = builder.with_reader(reader(MetricDump::stdout(), settings));
            is_read = true;
        }
        #[cfg(feature = "otlp")]
        if let Some(endpoint) = &settings.otlp.metrics {
            use super::sinks::otlp;
            match self.runtime().and_then(|runtime| otlp::metrics(endpoint, &runtime, &self.teller)) {
                Ok(exporter) => {
                    builder = builder.with_reader(reader(exporter, settings));
                    is_read = true;
                }
                Err(why) => self.left_out("otlp metrics", &why),
            }
        }
        self.meter_provider = is_read.then(|| builder.build());
        self.meter_provider.clone()
    }

    pub(super) fn prometheus(&mut self, settings: &Settings) -> Option<Prometheus> {
        let prometheus = settings.prometheus.as_ref()?;
        // Told only to who asks for OpenMetrics, of traces that are sampled.
        let metrics = Prometheus::builder().exemplars(true).build();
        if let Some(address) = prometheus.listen {
            let listener = metrics.listener().address(address.to_string()).path(prometheus.path.clone());
            match listener.start() {
                Ok(listening) => self.listening = Some(listening),
                Err(error) => self.left_out("prometheus", &format!("{error}; metrics are kept, but not served by this listener")),
            }
        }
        self.prometheus = Some(metrics.clone());
        Some(metrics)
    }

    /// Starts a sink; one that can't be opened is told.
    fn open<S: Sink<Item: std::fmt::Debug>>(
        &mut self,
        name: &str,
        queue: QueueSettings,
        sink: Result<S, String>,
    ) -> Option<Queue<S::Item>> {
        let worker = sink.and_then(|sink| {
            Worker::start(name, queue, sink, self.teller.clone())
                .map_err(|error| format!("its thread could not be started: {error}"))
        });
        match worker {
            Ok(worker) => {
                let queue = worker.queue();
                self.workers.push(Box::new(worker));
                Some(queue)
            }
            Err(why) => {
                self.left_out(name, &why);
                None
            }
        }
    }

    fn left_out(&mut self, sink: &str, why: &str) {
        self.news.push(News::LeftOut(sink.to_owned(), why.to_owned()));
    }

    pub(super) fn guard(mut self, settings: Settings, gauges: Gauges, events: Events) -> Guard {
        let left_out: Vec<_> = self.news.iter().filter_map(News::left_out).collect();
        let line = super::start_line::of(&settings, self.listening.as_ref().map(Listening::local_addr), &left_out);
        self.news.push(News::Started(line));
        let guard = Guard::new(Inner {
            settings,
            sinks: self.workers,
            shows: self.shows,
            tracer_provider: self.tracer_provider,
            metrics: MetricExports::new(self.meter_provider, self.prometheus.is_some()),
            prometheus: self.prometheus,
            listening: Mutex::new(self.listening),
            gauges,
            events,
            teller: self.teller,
            news: Mutex::new(self.news),
            ending: Ending::default(),
            #[cfg(feature = "otlp")]
            _runtime: self.runtime,
        });
        at_exit::register(guard.inner());
        guard
    }
}

fn reader<E: opentelemetry_sdk::metrics::exporter::PushMetricExporter>(exporter: E, settings: &Settings) -> PeriodicReader<E> {
    PeriodicReader::builder(exporter).with_interval(settings.export_interval).build()
}
