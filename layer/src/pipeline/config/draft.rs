//! Settings while they are put together.

use std::collections::BTreeMap;

use super::{
    endpoint::DEFAULT_HTTP,
    problems::{Place, Problems},
    said::Said,
};
use crate::pipeline::settings::{Otlp, OtlpEndpoint, Settings, SqliteSettings};
pub(super) use crate::pipeline::signal::Signal;

/// Settings while they are put together: what is set so far, and what later layers need to know of earlier ones.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) settings: Settings,
    /// What a signal is sent to once it is switched on. Its URL, like those of signals, may be without a scheme until the end.
    pub(super) endpoint: OtlpEndpoint,
    /// What a SQLite file is once it is switched on.
    pub(super) sqlite: SqliteSettings,
    /// Whether URLs without a scheme mean plaintext.
    pub(super) insecure: PerSignal<bool>,
    /// Whether somebody has chosen sinks, be it none.
    pub(super) are_sinks_chosen: bool,
    /// Where settings were said last, and by what name.
    places: BTreeMap<&'static str, (Place, String)>,
    pub(super) problems: &'a Problems,
}

/// Something of each signal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PerSignal<T> {
    pub(super) traces: T,
    pub(super) metrics: T,
    pub(super) logs: T,
}

impl Signal {
    /// What the signal's URL is noted as.
    pub(super) const fn url_setting(self) -> &'static str {
        match self {
            Self::Traces => "otlp.traces.url",
            Self::Metrics => "otlp.metrics.url",
            Self::Logs => "otlp.logs.url",
        }
    }

    pub(super) fn of(self, otlp: &mut Otlp) -> &mut Option<OtlpEndpoint> {
        match self {
            Self::Traces => &mut otlp.traces,
            Self::Metrics => &mut otlp.metrics,
            Self::Logs => &mut otlp.logs,
        }
    }
}

impl<T> PerSignal<T> {
    pub(super) fn of(&mut self, signal: Signal) -> &mut T {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Metrics => &mut self.metrics,
            Signal::Logs => &mut self.logs,
        }
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(problems: &'a Problems) -> Self {
        Self {
            settings: Settings::default(),
            endpoint: OtlpEndpoint::http(DEFAULT_HTTP),
            sqlite: SqliteSettings::new("telemetry.db"),
            insecure: PerSignal::default(),
            are_sinks_chosen: false,
            places: BTreeMap::new(),
            problems,
        }
    }

    /// Notes where a setting was said, for what is wrong only together with another.
    pub(super) fn note(&mut self, setting: &'static str, said: &Said<'_>) {
        self.places.insert(setting, (said.place.clone(), said.name.clone()));
    }

    pub(super) fn is_noted(&self, setting: &str) -> bool {
        self.places.contains_key(setting)
    }

    /// Tells what is wrong with a setting, where it was said.
    pub(super) fn refuse(&self, setting: &str, what: &str) {
        let (place, name) =
            self.places.get(setting).map_or((Place::Program, setting), |(place, name)| (place.clone(), name.as_str()));
        self.problems.tell(place, format!("`{name}` {what}"));
    }

    /// What the program has set is what holds for sinks that are switched on later.
    pub(super) fn after_program(&mut self) {
        if let Some(sqlite) = &self.settings.sqlite {
            self.sqlite = sqlite.clone();
        }
        let otlp = &self.settings.otlp;
        if let Some(endpoint) = otlp.traces.as_ref().or(otlp.metrics.as_ref()).or(otlp.logs.as_ref()) {
            self.endpoint = endpoint.clone();
        }
    }

    pub(super) fn set_capacity(&mut self, said: &Said<'_>) {
        if let Some(capacity) = said.capacity() {
            self.settings.queue.capacity = capacity;
            self.note("queue.capacity", said);
        }
    }

    pub(super) fn set_batch(&mut self, said: &Said<'_>) {
        if let Some(batch) = said.capacity() {
            self.settings.queue.batch = batch;
            self.note("queue.batch", said);
        }
    }

    /// Switches signals on or off. One that is on stays as it is.
    pub(super) fn send(&mut self, signal: Signal, is_on: bool) {
        let endpoint = signal.of(&mut self.settings.otlp);
        *endpoint = is_on.then(|| endpoint.take().unwrap_or_else(|| self.endpoint.clone()));
    }

    /// Switches all signals on or off.
    pub(super) fn send_all(&mut self, is_on: bool) {
        for signal in Signal::ALL {
            self.send(signal, is_on);
        }
    }

    /// Switches the SQLite file on or off.
    pub(super) fn keep(&mut self, is_on: bool) {
        self.settings.sqlite = is_on.then(|| self.sqlite.clone());
    }

    /// Changes the SQLite file, whether it is on now or later.
    pub(super) fn each_sqlite(&mut self, change: impl Fn(&mut SqliteSettings)) {
        change(&mut self.sqlite);
        self.settings.sqlite.iter_mut().for_each(change);
    }

    /// Changes where signals are sent to that are on now, and those that are switched on later.
    pub(super) fn each_endpoint(&mut self, mut change: impl FnMut(&mut OtlpEndpoint)) {
        change(&mut self.endpoint);
        for signal in Signal::ALL {
            signal.of(&mut self.settings.otlp).iter_mut().for_each(&mut change);
        }
    }
}
