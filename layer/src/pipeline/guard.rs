//! What holds the pipeline, and ends it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

use opentelemetry_sdk::{metrics::SdkMeterProvider, trace::SdkTracerProvider};

use super::{
    emit::Events,
    settings::Settings,
    worker::{Losses, Running, Teller},
};
use crate::{
    metrics::Gauges,
    prometheus::{Listening, Prometheus},
};

/// So much of the time for the end is kept for telling how it went.
const TO_TELL: Duration = Duration::from_secs(1);

/// Holds the pipeline. When it is dropped, also while a panic unwinds, what waits is written, and sinks are closed: within
/// [`Settings::shutdown_timeout`], whatever they do, on any runtime or none.
///
/// Keep it in `main`: `let _telemetry = …`, not `let _ = …`, which drops it at once.
#[must_use = "telemetry ends when this is dropped"]
pub struct Guard {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    /// The sinks of events.
    pub(crate) sinks: Vec<Box<dyn Running>>,
    /// Who writes the program's own log lines. It ends last, so that it can tell what the others have lost.
    pub(crate) log_lines: Option<Box<dyn Running>>,
    /// `None` where telemetry is disabled.
    pub(crate) tracer_provider: Option<SdkTracerProvider>,
    /// `None` where metrics are neither sent nor dumped.
    pub(crate) meter_provider: Option<SdkMeterProvider>,
    pub(crate) prometheus: Option<Prometheus>,
    /// Ends with the guard.
    pub(crate) listening: Mutex<Option<Listening>>,
    pub(crate) gauges: Gauges,
    pub(crate) events: Events,
    pub(crate) teller: Teller,
    /// What is to be told once there is somebody to tell it to.
    pub(crate) news: Mutex<Vec<News>>,
    pub(crate) ended: Mutex<Option<ShutdownReport>>,
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

/// How the end went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Sinks that were not done in time.
    pub late: Vec<String>,
    /// What each sink has lost in its life, where it lost something.
    pub losses: Vec<(String, Losses)>,
}

impl ShutdownReport {
    /// Whether all that was taken in was written.
    pub fn is_complete(&self) -> bool {
        self.late.is_empty() && self.losses.is_empty()
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("sinks", &self.inner.sinks).finish_non_exhaustive()
    }
}

impl Guard {
    pub(crate) fn new(inner: Inner) -> Self {
        let inner = Arc::new(inner);
        super::at_exit::register(&inner);
        Self { inner }
    }

    /// The settings that are in force.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Emits log lines and measurements of the program's own.
    pub fn events(&self) -> Events {
        self.inner.events.clone()
    }

    /// Registers callbacks of gauges.
    pub fn gauges(&self) -> Gauges {
        self.inner.gauges.clone()
    }

    /// The metrics endpoint, to be routed at [`PrometheusSettings::path`](super::PrometheusSettings::path); `None` where it is not set.
    pub fn prometheus(&self) -> Option<Prometheus> {
        self.inner.prometheus.clone()
    }

    /// OpenTelemetry's provider of tracers, for crates that make spans by OpenTelemetry itself; `None` where telemetry is disabled.
    /// [`Telemetry::install`](super::Telemetry::install) makes it the global one.
    pub fn tracer_provider(&self) -> Option<SdkTracerProvider> {
        self.inner.tracer_provider.clone()
    }

    /// OpenTelemetry's provider of meters, for instruments of the program's own; `None` where metrics are neither sent by OTLP nor dumped to the
    /// console. [`Telemetry::install`](super::Telemetry::install) makes it the global one. What it measures is not in [`prometheus`](Self::prometheus).
    pub fn meter_provider(&self) -> Option<SdkMeterProvider> {
        self.inner.meter_provider.clone()
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

    /// Log lines last: others may still have something to tell.
    fn all(&self) -> impl Iterator<Item = &dyn Running> {
        self.sinks.iter().chain(&self.log_lines).map(AsRef::as_ref)
    }

    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        let metrics = self.with_metrics(deadline, |provider, _| provider.force_flush().is_ok());
        // All of them, also after one that is stuck.
        let late = self.all().filter(|sink| !sink.flush(deadline)).count();
        metrics && late == 0
    }

    /// The tracer provider is left as it is: after its end spans would have no ids, and log lines at the end of a program want them.
    pub(crate) fn shutdown(&self) -> ShutdownReport {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(report) = &*ended {
            return report.clone();
        }
        let timeout = self.settings.shutdown_timeout;
        let deadline = after(timeout);
        // What is left is for telling how it went.
        let for_sinks = after(timeout.saturating_sub(TO_TELL.min(timeout / 4)));
        drop(self.listening.lock().unwrap_or_else(PoisonError::into_inner).take());
        for sink in &self.sinks {
            sink.close(for_sinks);
        }
        let mut late = Vec::new();
        if !self.with_metrics(for_sinks, |provider, left| provider.shutdown_with_timeout(left).is_ok()) {
            late.push("metrics".to_owned());
        }
        late.extend(self.sinks.iter().filter(|sink| !sink.wait(for_sinks)).map(|sink| sink.name().to_owned()));
        let losses = |sink: &dyn Running| Some((sink.name().to_owned(), sink.losses())).filter(|(_, losses)| losses.total() > 0);
        let mut lost: Vec<_> = self.sinks.iter().filter_map(|sink| losses(sink.as_ref())).collect();
        self.tell_end(&late, &lost);
        if let Some(lines) = &self.log_lines {
            lines.close(deadline);
            late.extend((!lines.wait(deadline)).then(|| lines.name().to_owned()));
            lost.extend(losses(lines.as_ref()));
        }
        let report = ShutdownReport { late, losses: lost };
        *ended = Some(report.clone());
        report
    }

    fn tell_end(&self, late: &[String], lost: &[(String, Losses)]) {
        for sink in late {
            self.teller.warn(sink, "it was not done when the program ended; what still waited is lost");
        }
        for (sink, Losses { dropped, failed }) in lost {
            self.teller.warn(sink, &format!("{dropped} items found no room in its queue, {failed} could not be written"));
        }
    }

    /// On a thread of its own: an exporter may hold it up for longer than there is time.
    fn with_metrics(&self, deadline: Instant, act: impl FnOnce(&SdkMeterProvider, Duration) -> bool + Send + 'static) -> bool {
        let Some(provider) = self.meter_provider.clone() else { return true };
        let (done, is_done) = mpsc::channel();
        let left = deadline.saturating_duration_since(Instant::now());
        let thread = std::thread::Builder::new().name("llm-span metrics".into());
        let spawned = thread.spawn(move || {
            let _ = done.send(act(&provider, left));
        });
        spawned.is_ok() && is_done.recv_timeout(left).unwrap_or(false)
    }
}

/// A time that the clock does not reach is a day.
fn after(timeout: Duration) -> Instant {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    Instant::now() + timeout.min(DAY)
}
