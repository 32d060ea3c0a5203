//! What a program says of its telemetry.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use llm_span_contract::{Contracts, MetricSet, MetricSets};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::{Layer, layer::SubscriberExt as _, registry::LookupSpan};

use super::{
    config::{self, Change, Document, Environment, SettingsErrors},
    guard::Guard,
    settings::{
        ConsoleSettings, LogSettings, Otlp, OtlpEndpoint, PrometheusSettings, Sampler, Settings, SpanNames, SqliteSettings,
    },
    start::{self, StartError},
};
use crate::findings::FindingsSetting;

/// Sets up traces, metrics and logs, and the sinks that they go to, by one call.
///
/// Settings are laid over each other in this order: defaults, what the program says here, a YAML file, the environment. So a program ships with
/// what suits it, an operator changes it in a file, a deployment by variables.
///
/// ```no_run
/// use llm_span::Telemetry;
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let _telemetry = Telemetry::new().service_name("chat").file("config.yaml").install()?;
///     // … the program …
///     Ok(())
/// } // flushed here
/// ```
#[derive(Default)]
#[must_use = "nothing is set up until `install` or `build`"]
pub struct Telemetry {
    code: Vec<Change>,
    source: Source,
    environment: Option<Environment>,
}

#[derive(Default)]
enum Source {
    #[default]
    None,
    File(PathBuf),
    Text(Document),
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

impl Telemetry {
    /// With the defaults: see [the table](super).
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a YAML file: its block `llm_span`, or one of the forms that the LLM gateway (`observability`), Twinkle and Llama Stack
    /// (`telemetry`) have. What else stands in it is the application's. Where the program names no file, `LLM_SPAN_CONFIG` may.
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.source = Source::File(path.as_ref().to_owned());
        self
    }

    /// Reads YAML that the program has at hand; `name` stands for it in messages.
    pub fn yaml(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.source = Source::Text(Document { name: name.into(), text: text.into() });
        self
    }

    /// Reads these variables instead of those of the process; none: `Telemetry::new().environment([])`.
    pub fn environment<const N: usize>(self, variables: [(&str, &str); N]) -> Self {
        self.variables(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    /// The same, of variables that are not known beforehand.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment = Some(variables.into_iter().collect());
        self
    }

    /// Changes the settings as the program wants them, before a file and the environment have their say.
    pub fn set(mut self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        self.code.push(Box::new(change));
        self
    }

    /// `service.name` of all telemetry.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.set(|settings| settings.service_name = name)
    }

    /// A further attribute of all telemetry: `deployment.environment.name`.
    pub fn resource_attribute(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let (key, value) = (key.into(), value.into());
        self.set(|settings| drop(settings.resource_attributes.insert(key, value)))
    }

    /// Which traces are kept.
    pub fn sampler(self, sampler: Sampler) -> Self {
        self.set(move |settings| settings.sampler = sampler)
    }

    /// Shows spans, log lines and metric events on standard output.
    pub fn console(self) -> Self {
        self.set(|settings| settings.console = Some(ConsoleSettings::default()))
    }

    /// Writes spans as JSON lines to standard output.
    pub fn json_spans(self) -> Self {
        self.set(|settings| settings.json_spans = true)
    }

    /// Keeps spans, log lines and metric events in a SQLite file (feature `sqlite`).
    pub fn sqlite(self, path: impl Into<PathBuf>) -> Self {
        let sqlite = SqliteSettings::new(path);
        self.set(|settings| settings.sqlite = Some(sqlite))
    }

    /// Sends traces, metrics and logs to an endpoint by OTLP (feature `otlp`).
    pub fn otlp(self, endpoint: OtlpEndpoint) -> Self {
        self.set(move |settings| settings.otlp = Otlp::all(&endpoint))
    }

    /// Keeps metrics for Prometheus to scrape; see [`Guard::prometheus`].
    pub fn prometheus(self, settings: PrometheusSettings) -> Self {
        self.set(|all| all.prometheus = Some(settings))
    }

    /// Holds LLM spans to these contracts.
    pub fn contracts(self, contracts: impl Into<Contracts>) -> Self {
        let contracts = contracts.into();
        self.set(|settings| settings.contracts = contracts)
    }

    /// What becomes of violations.
    pub fn findings(self, findings: FindingsSetting) -> Self {
        self.set(move |settings| settings.findings = findings)
    }

    /// Derives these metrics from spans.
    pub fn metric_sets(self, sets: impl Into<MetricSets>) -> Self {
        let sets = sets.into();
        self.set(|settings| settings.metric_sets = Some(sets))
    }

    /// Derives metrics of the program's own beside those, whatever sets the file and the environment choose.
    ///
    /// ```
    /// use llm_span::{Telemetry, contract::{Measure, Metric, MetricSet}};
    ///
    /// let jobs = Metric::counter("jobs").of_spans_named("job").measure(Measure::Closed).build()?;
    /// let telemetry = Telemetry::new().own_metrics(MetricSet::new("jobs", [jobs])?);
    /// # drop(telemetry);
    /// # Ok::<(), llm_span::contract::MetricError>(())
    /// ```
    pub fn own_metrics(self, set: MetricSet) -> Self {
        self.set(|settings| settings.own_metrics.push(set))
    }

    /// What model calls are called when they are exported.
    pub fn span_names(self, names: SpanNames) -> Self {
        self.set(move |settings| settings.span_names = names)
    }

    /// How the program's own log lines are written.
    pub fn logs(self, logs: LogSettings) -> Self {
        self.set(|settings| settings.logs = logs)
    }

    /// The settings as they come out, for a program to look at or to log.
    ///
    /// # Errors
    ///
    /// All that is wrong with them: where each stands, what was expected, what to do.
    pub fn settings(self) -> Result<Settings, SettingsErrors> {
        let environment = self.environment.unwrap_or_else(Environment::of_process);
        let document = match self.source {
            Source::None => Document::of_environment(&environment)?,
            Source::Text(document) => Some(document),
            Source::File(path) => Some(Document::read(&path)?),
        };
        config::read(document.as_ref(), self.code, &environment)
    }

    /// Sets it all up as this process's subscriber. The guard that is returned flushes it when it is dropped: keep it in `main`.
    ///
    /// A sink that can't be opened is logged as an error, and left out: the program goes on.
    ///
    /// # Errors
    ///
    /// Where a setting is wrong, and where the process has a subscriber already.
    pub fn install(self) -> Result<Guard, StartError> {
        let (layer, guard) = self.build()?;
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
        if tracing::dispatcher::set_global_default(dispatch).is_err() {
            guard.discard();
            return Err(StartError::AlreadyInstalled);
        }
        // The rest of `SubscriberInitExt::try_init`: events of the `log` crate.
        start::bridge_log(guard.settings());
        start::make_global(&guard);
        guard.log_start();
        Ok(guard)
    }

    /// The same as a layer, to stand in a subscriber of the program's own, and its guard.
    ///
    /// A registry has room for one OpenTelemetry layer, and the pipeline brings it: `tracing` panics at the first span where there is another
    /// `tracing_opentelemetry::layer()`. The layer is to be there from the start; one that `reload` puts in later has no filter. What
    /// [`install`](Self::install) does besides is the program's to do, once its subscriber is in place: [`Guard::log_start`], which tells what
    /// could not be set up; the bridge of the `log` crate; OpenTelemetry's global providers and propagator.
    ///
    /// ```
    /// use llm_span::Telemetry;
    /// use tracing_subscriber::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (layer, guard) = Telemetry::new().environment([]).build()?;
    /// let subscriber = tracing_subscriber::registry().with(layer);
    /// # let _default = tracing::subscriber::set_default(subscriber);
    /// // … `subscriber` is made the global one …
    /// guard.log_start();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Where a setting is wrong.
    pub fn build<S>(self) -> Result<(Box<dyn Layer<S> + Send + Sync>, Guard), StartError>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let settings = self.settings()?;
        Ok(start::start(settings))
    }
}
