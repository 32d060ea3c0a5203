//! What holds the pipeline, and ends it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry_sdk::{metrics::SdkMeterProvider, trace::SdkTracerProvider};

use super::{
    emit::Events,
    ending::{Ending, ShutdownReport},
    export::{Done, MetricExports},
    settings::Settings,
    worker::{Losses, Running, Teller},
};
use crate::{
    metrics::Gauges,
    prometheus::{Listening, Prometheus},
};

/// What metrics are called in reports.
const METRICS: &str = "metrics";
/// So much of the time for the end is kept for telling how it went.
const TO_TELL: Duration = Duration::from_secs(1);

/// Holds the pipeline. When it is dropped, also while a panic unwinds, what waits is written, and sinks are closed: within
/// [`Settings::shutdown_timeout`], whatever they do, on any runtime or none.
///
/// Keep it in `main`: `let _telemetry = …`, not `let _ = …`, which drops it at once. Log lines are written directly from then on; spans,
/// measurements and what else comes after the end is counted as lost.
///
/// Where nothing drops it (it stands in a `static`, was forgotten, or the program calls `std::process::exit`), what waits is still written on Unix,
/// provided that the pipeline was set up on the main thread, and that it is the main thread that ends the program. Elsewhere call
/// [`flush`](Self::flush) or [`shutdown`](Self::shutdown) before.
#[must_use = "telemetry ends when this is dropped"]
pub struct Guard {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    /// The sinks of events.
    pub(crate) sinks: Vec<Box<dyn Running>>,
    /// Those that show log lines to a reader. They end last, so that they can tell what the others have lost.
    pub(crate) shows: Vec<Box<dyn Running>>,
    /// `None` where telemetry is disabled.
    pub(crate) tracer_provider: Option<SdkTracerProvider>,
    pub(crate) metrics: MetricExports,
    pub(crate) prometheus: Option<Prometheus>,
    /// Ends with the guard.
    pub(crate) listening: Mutex<Option<Listening>>,
    pub(crate) gauges: Gauges,
    pub(crate) events: Events,
    pub(crate) teller: Teller,
    /// What is to be told once there is somebody to tell it to.
    pub(crate) news: Mutex<Vec<News>>,
    pub(crate) ending: Ending,
    /// Connections live on it for as long as the sinks do.
    #[cfg(feature = "otlp")]
    pub(crate) _runtime: Option<super::sinks::otlp::OtlpRuntime>,
}

/// What is told when the pipeline starts.
pub(crate) enum News {
    /// What is set up.
    Started(String),
    /// A sink that is not, and why.
    LeftOut(String, String),
}

impl News {
    /// The sink that is not set up.
    pub(crate) fn left_out(&self) -> Option<String> {
        match self {
            Self::Started(_) => None,
            Self::LeftOut(sink, _) => Some(sink.clone()),
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("sinks", &self.inner.sinks).finish_non_exhaustive()
    }
}

impl Guard {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// Ends it without a word of its start: it has not come to that.
    pub(crate) fn discard(self) {
        self.inner.news.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// For those who end it without the guard.
    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// The settings that are in force.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Emits log lines and measurements of the program's own.
    pub fn events(&self) -> Events {
        self.inner.events.clone()
    }

    /// Registers callbacks of gauges: those of the chosen sets, and of [`Telemetry::own_metrics`](super::Telemetry::own_metrics).
    ///
    /// Where telemetry is disabled, no sink has metrics, or the settings choose other sets than the built-in one that has the gauge, the
    /// callback is taken and never called: what an operator chooses is no error of the program's.
    pub fn gauges(&self) -> Gauges {
        self.inner.gauges.clone()
    }

    /// The metrics endpoint, to be routed at the path that is set; `None` where it is not.
    ///
    /// ```ignore
    /// if let (Some(metrics), Some(path)) = (guard.prometheus(), guard.metrics_path()) {
    ///     app = app.route_service(path, metrics);
    /// }
    /// ```
    pub fn prometheus(&self) -> Option<Prometheus> {
        self.inner.prometheus.clone()
    }

    /// The path that [`prometheus`](Self::prometheus) is to be routed at: `/metrics` unless the settings say otherwise.
    pub fn metrics_path(&self) -> Option<&str> {
        self.inner.settings.prometheus.as_ref().map(|prometheus| prometheus.path.as_str())
    }

    /// OpenTelemetry's provider of tracers, for crates that make spans by OpenTelemetry itself; `None` where telemetry is disabled.
    /// [`Telemetry::install`](super::Telemetry::install) makes it the global one, with W3C's trace context and baggage as the global propagator.
    pub fn tracer_provider(&self) -> Option<SdkTracerProvider> {
        self.inner.tracer_provider.clone()
    }

    /// OpenTelemetry's provider of meters, for instruments of the program's own; `None` where metrics are neither sent by OTLP nor dumped to the
    /// console. [`Telemetry::install`](super::Telemetry::install) makes it the global one. What it measures is not in [`prometheus`](Self::prometheus).
    pub fn meter_provider(&self) -> Option<SdkMeterProvider> {
        self.inner.metrics.provider.clone()
    }

    /// What each sink has lost so far.
    pub fn losses(&self) -> Vec<(String, Losses)> {
        self.inner.all().map(|sink| (sink.name().to_owned(), sink.losses())).collect()
    }

    /// Waits until what came so far is written, and metrics are sent, for at most `timeout`; whether all was.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.inner.flush(after(timeout))
    }

    /// Ends the pipeline as dropping it does, and says how it went.
    pub fn shutdown(self) -> ShutdownReport {
        self.inner.shutdown()
    }

    /// Logs, once, what is set up, and what could not be. [`Telemetry::install`](super::Telemetry::install) does it; after
    /// [`Telemetry::build`](super::Telemetry::build) the program does, when its subscriber is in place.
    pub fn log_start(&self) {
        self.inner.tell();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.inner.shutdown());
    }
}

impl Inner {
    pub(crate) fn tell(&self) {
        let news = std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner));
        for news in news {
            match news {
                News::Started(text) => self.teller.say(&text),
                News::LeftOut(sink, why) => {
                    self.teller
                        .fail(&sink, &format!("this sink could not be set up, and is left out; the program goes on: {why}"));
                }
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &dyn Running> {
        self.sinks.iter().chain(&self.shows).map(AsRef::as_ref)
    }

    /// All are asked before any is waited for.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        self.all().for_each(Running::ask);
        let metrics = self.metrics.start(&self.events, deadline, |provider, _| provider.force_flush().is_ok());
        let late = self.all().filter(|sink| !sink.flush(deadline)).count();
        metrics.done(deadline) == Done::Yes && late == 0
    }

    pub(crate) fn shutdown(&self) -> ShutdownReport {
        self.ending.once(|| self.end())
    }

    /// The tracer provider is left as it is: after its end spans would have no ids, and log lines at the end of a program want them.
    fn end(&self) -> ShutdownReport {
        // Where nobody has asked for it.
        self.tell();
        let timeout = self.settings.shutdown_timeout;
        let deadline = after(timeout);
        // What is left is for telling how it went.
        let for_sinks = after(timeout.saturating_sub(TO_TELL.min(timeout / 4)));
        drop(self.listening.lock().unwrap_or_else(PoisonError::into_inner).take());
        let shut_down = |provider: &SdkMeterProvider, left| provider.shutdown_with_timeout(left).is_ok();
        let metrics = self.metrics.start(&self.events, for_sinks, shut_down);
        for sink in &self.sinks {
            sink.close(for_sinks);
        }
        let mut report = ShutdownReport::default();
        for sink in &self.sinks {
            report.add(sink.as_ref(), sink.wait(for_sinks));
        }
        match metrics.done(for_sinks) {
            Done::Yes => {}
            Done::Late => report.late.push(METRICS.to_owned()),
            Done::Failed => report.losses.push((METRICS.to_owned(), Losses { dropped: 0, failed: 1 })),
        }
        for sink in &self.shows {
            sink.ask();
        }
        self.tell_end(&report);
        for sink in &self.shows {
            sink.close(deadline);
        }
        for sink in &self.shows {
            report.add(sink.as_ref(), sink.wait(deadline));
        }
        report
    }

    /// Also what those have lost so far that show it.
    fn tell_end(&self, report: &ShutdownReport) {
        for sink in &report.late {
            self.teller.warn(sink, "it was not done when the program ended");
        }
        let shows = self.shows.iter().map(|sink| (sink.name().to_owned(), sink.losses()));
        for (sink, losses) in report.losses.iter().cloned().chain(shows).filter(|(_, losses)| losses.total() > 0) {
            let Losses { dropped, failed } = losses;
            let text =
                format!("lost: {dropped} for which there was no room or that came too late, {failed} that could not be written");
            self.teller.warn(&sink, &text);
        }
    }
}

/// A time that the clock does not reach is a day.
fn after(timeout: Duration) -> Instant {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    Instant::now() + timeout.min(DAY)
}
