//! Sets up what the settings say.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::{metrics::MeterProvider as _, propagation::TextMapCompositePropagator, trace::TracerProvider as _};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::{Layer, registry::LookupSpan};

use super::{
    config::SettingsErrors,
    emit::Events,
    filter::{Lines, Nothing, Wanted, level_of_lines},
    guard::Guard,
    json_lines::json_lines,
    log_layer::LogLayer,
    metrics::{Derived, Told},
    opening::Opening,
    processor::SpanEvents,
    provider,
    settings::{Sampler, Settings},
    spans::Components,
    traces::{Traces, opentelemetry},
    worker::Teller,
};
use crate::{
    LlmLayer, OtelMetrics,
    ids::IdSource,
    metrics::{Gauges, MetricSink},
};

/// A layer of any kind.
type Boxed<S> = Box<dyn Layer<S> + Send + Sync>;

/// Why telemetry was not set up.
#[non_exhaustive]
pub enum StartError {
    /// Settings are wrong; each is told with its place and a remedy.
    Settings(SettingsErrors),
    /// The process has a global subscriber already: use [`Telemetry::build`](super::Telemetry::build) to stand in it.
    AlreadyInstalled,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(errors) => errors.fmt(f),
            Self::AlreadyInstalled => f.write_str(
                "this process has a global `tracing` subscriber already; let the pipeline be the only one, or make it a layer of that one: \
                 `let (layer, guard) = Telemetry::new().build()?`",
            ),
        }
    }
}

/// As it is displayed: a `main` that returns it shows this.
impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(errors) => Some(errors),
            Self::AlreadyInstalled => None,
        }
    }
}

impl From<SettingsErrors> for StartError {
    fn from(errors: SettingsErrors) -> Self {
        Self::Settings(errors)
    }
}

/// Events of the `log` crate become events of `tracing`; another logger stays where it is.
pub(crate) fn bridge_log(settings: &Settings) {
    use tracing_log::AsLog as _;
    // Not the level that `tracing` is at, which is that of the spans of calls: any.
    let level = level_of_lines(&settings.logs.filter).as_log();
    drop(tracing_log::LogTracer::builder().with_max_level(level).init());
}

/// Crates that speak OpenTelemetry by themselves find the pipeline's providers, and W3C's trace context and baggage as what goes from process to
/// process; where telemetry is disabled, nothing. Quietly: OpenTelemetry may log it, before the start is told.
pub(crate) fn make_global(guard: &Guard) {
    tracing::dispatcher::with_default(&Dispatch::none(), || {
        if let Some(tracers) = guard.tracer_provider() {
            opentelemetry::global::set_tracer_provider(tracers);
            let w3c = TextMapCompositePropagator::new(vec![
                Box::new(TraceContextPropagator::new()),
                Box::new(BaggagePropagator::new()),
            ]);
            opentelemetry::global::set_text_map_propagator(w3c);
        }
        if let Some(meters) = guard.meter_provider() {
            opentelemetry::global::set_meter_provider(meters);
        }
    });
}

/// The layer and the guard of these settings.
pub(crate) fn start<S>(settings: Settings) -> (Boxed<S>, Guard)
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let mut opening = Opening::default();
    let lines = opening.log_lines(&settings);
    if !settings.enabled {
        let only = Lines::only(&settings.logs.filter);
        // Of any level, where lines carry their fields.
        let has_spans = lines.is_some() && settings.logs.carries();
        let of_all = (!has_spans).then(|| level_of_lines(&settings.logs.filter));
        // What nobody is to read is not written, to be thrown away.
        let json_filter = if lines.is_some() { only.clone() } else { Lines::none() };
        let json_filter = if has_spans { json_filter.carrying(&settings.logs) } else { json_filter };
        let line_filter = if opening.lines.is_empty() { Lines::none() } else { only };
        // A trace that nobody traces has no ids.
        let json = json_lines(lines, &settings.logs).with_ids(IdSource::OpenTelemetry);
        let layer = LogLayer::new(opening.lines.clone())
            .with_filter(line_filter)
            .and_then(json.with_filter(json_filter))
            .and_then(Tells::new(&opening.teller).with_filter(Nothing { of_all }));
        return (Box::new(layer), opening.guard(settings, Gauges::default().or_unseen(), Events::default()));
    }
    let resource = provider::resource(&settings);
    opening.sinks(&settings, &resource);
    let derived = Derived::new(&settings, !opening.measurements.is_empty());
    let mut llm = LlmLayer::builder()
        .contracts(settings.contracts.clone())
        .findings(settings.findings.sink())
        .service_name(provider::service_name(&settings))
        .metric_sets(derived.sets.clone());
    let mut counted: Vec<Box<dyn MetricSink>> = Vec::new();
    if let Some(meters) = opening.meter_provider(&settings, &resource) {
        let metrics = OtelMetrics::new(&meters.meter("llm-span"));
        llm = llm.metrics(derived.shown_to(metrics.clone()));
        counted.push(Box::new(metrics));
    }
    if let Some(prometheus) = opening.prometheus(&settings) {
        llm = llm.metrics(derived.shown_to(prometheus.clone()));
        counted.push(Box::new(prometheus));
    }
    if !opening.measurements.is_empty() {
        llm = llm.metric_events(Told(opening.measurements.clone()));
    }
    let llm = llm.build();
    let gauges = llm.gauges().or_unseen();
    let spans = SpanEvents {
        names: settings.span_names,
        components: Components::default(),
        starts: opening.starts.clone(),
        ends: opening.ends.clone(),
    };
    let tracers = provider::tracer_provider(&settings, resource, spans);
    let tracer = tracers.tracer("llm-span");
    opening.tracer_provider = Some(tracers);
    let tells = Tells::new(&opening.teller);
    let is_read = !(opening.starts.is_empty() && opening.ends.is_empty());
    let wanted = Wanted::new(&settings.span_filter, &settings.logs.filter, is_read, &tells.stands_aside);
    // Each filter looks each span up whenever one is entered or left, so there are as few as can be.
    let mut layer: Boxed<S> = if is_read && settings.sampler == Sampler::Always {
        Box::new(opentelemetry(tracer).and_then(llm).and_then(tells).with_filter(wanted))
    } else {
        let sampler = provider::sampler(settings.sampler);
        let found = opentelemetry(tracer.clone()).with_filter(Nothing { of_all: None });
        Box::new(found.and_then(Traces::new(tracer, sampler, is_read).and_then(llm).and_then(tells).with_filter(wanted)))
    };
    if !opening.lines.is_empty() {
        let filter = Lines::in_spans(&settings.logs.filter);
        layer = Box::new(layer.and_then(LogLayer::new(opening.lines.clone()).with_filter(filter)));
    }
    if lines.is_some() {
        let filter = Lines::in_spans(&settings.logs.filter).carrying(&settings.logs);
        layer = Box::new(layer.and_then(json_lines(lines, &settings.logs).with_filter(filter)));
    }
    let events = Events::new(opening.measurements.clone(), counted, &derived.shown());
    (layer, opening.guard(settings, gauges, events))
}

/// Learns which subscriber the pipeline stands in, so that what is wrong with a sink is logged there. It looks at no spans and no events.
struct Tells {
    teller: Teller,
    /// Whether another pipeline stands in the subscriber further out. A registry has room for one OpenTelemetry layer.
    stands_aside: Arc<AtomicBool>,
}

impl Tells {
    fn new(teller: &Teller) -> Self {
        Self { teller: teller.clone(), stands_aside: Arc::default() }
    }
}

impl<S: Subscriber> Layer<S> for Tells {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // The outermost is found.
        let is_found = dispatch.downcast_ref::<Self>().is_none_or(|found| std::ptr::eq(found, self));
        self.stands_aside.store(!is_found, Ordering::Relaxed);
        self.teller.tell_to(dispatch);
        if !is_found {
            self.teller.stand_aside();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc::{Sender, channel},
        time::Duration,
    };

    use tracing::{Event, subscriber::NoSubscriber};
    use tracing_subscriber::{layer::Context, layer::SubscriberExt as _};

    use super::*;
    use crate::pipeline::{LogFormat, PrometheusSettings, worker::TARGET};

    /// Passes on what the pipeline tells.
    struct Hears(Sender<tracing::Level>);

    impl<S: Subscriber> Layer<S> for Hears {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            if event.metadata().target() == TARGET {
                let _ = self.0.send(*event.metadata().level());
            }
        }
    }

    fn settings() -> Settings {
        let mut settings = Settings { prometheus: Some(PrometheusSettings::default()), ..Settings::default() };
        settings.logs.format = Some(LogFormat::Off);
        settings
    }

    #[test]
    fn the_levels_are_those_that_any_layer_wants() {
        let hint = |settings: Settings| {
            let (layer, _guard) = start(settings);
            tracing_subscriber::registry().with(layer).max_level_hint()
        };
        assert_eq!(hint(settings()), None, "spans of calls are wanted at every level");
        assert_eq!(hint(Settings { enabled: false, ..settings() }), Some(tracing::level_filters::LevelFilter::INFO));
    }

    #[test]
    fn of_two_pipelines_in_a_subscriber_one_stands_aside() {
        let _keeper = Dispatch::new(NoSubscriber::new());
        let (told, tells) = channel();
        let (inner, other) = start(settings());
        let (outer, guard) = start(settings());
        let subscriber = tracing_subscriber::registry().with(inner).with(outer).with(Hears(told));
        let dispatch = Dispatch::new(subscriber);
        tracing::dispatcher::with_default(&dispatch, || {
            tracing::info_span!("llm.completion", llm.provider = "openai", llm.model = "gpt-4o").in_scope(|| ());
        });
        assert_eq!(tells.recv_timeout(Duration::from_secs(60)), Ok(tracing::Level::ERROR));
        let scrape = |guard: &Guard| guard.prometheus().expect("it is set").render(None).body;
        assert!(scrape(&guard).contains("missing-attribute"), "{}", scrape(&guard));
        assert!(!scrape(&other).contains("missing-attribute"), "{}", scrape(&other));
    }
}
