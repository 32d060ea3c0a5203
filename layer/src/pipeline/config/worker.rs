//! What a worker process is told by its environment.

use std::fmt;

use llm_span_contract::{Contract, MetricSet, MetricSets};

use super::{
    draft::Signal,
    names::{self, CONTRACTS},
    values,
    variables::variable,
};
use crate::pipeline::settings::{OtlpEndpoint, Protocol, Sampler, Settings};

impl Settings {
    /// The variables by which a process that this one starts comes out with the same settings, without a file and without code: Twinkle's
    /// where its metrics are measured, so that its own workers read them, too, OpenTelemetry's, and `LLM_SPAN_*` for the rest.
    ///
    /// **They hold secrets**: the values of headers. Give them to the worker, and to nobody else; don't log them.
    ///
    /// Contracts and metric sets of the program's own have no name that a variable could tell: these are left to the worker's program. A
    /// listener's address is handed on as it is: give it the port 0, or switch it off, where workers run on the same machine. So is a
    /// `service.instance.id` that somebody has set: give each worker its own. Where nobody has, each process makes one.
    ///
    /// ```
    /// use llm_span::Telemetry;
    ///
    /// let settings = Telemetry::new().service_name("chat").environment([]).settings()?;
    /// let mut worker = std::process::Command::new("worker");
    /// worker.envs(settings.worker_environment());
    /// # assert!(settings.worker_environment().contains(&("OTEL_SERVICE_NAME".into(), "chat".into())));
    /// # Ok::<(), llm_span::pipeline::SettingsErrors>(())
    /// ```
    pub fn worker_environment(&self) -> Vec<(String, String)> {
        let mut variables = Variables(Vec::new());
        self.twinkle(&mut variables);
        self.sdk(&mut variables);
        self.exporters(&mut variables);
        self.endpoints(&mut variables);
        self.own(&mut variables);
        variables.0
    }

    fn twinkle(&self, variables: &mut Variables) {
        if self.metric_sets != Some(MetricSets::from(MetricSet::twinkle())) {
            return;
        }
        let flag = |is_on: bool| if is_on { "1" } else { "0" };
        variables.set("TWINKLE_TELEMETRY_ENABLED", flag(self.enabled));
        variables.set("TWINKLE_TELEMETRY_DEBUG", flag(self.console.is_some() && !self.otlp.is_set()));
        variables.set("TWINKLE_TELEMETRY_SERVICE", &self.service_name);
        if let Some(endpoint) = &self.otlp.traces {
            variables.set("TWINKLE_TELEMETRY_ENDPOINT", &endpoint.url);
        }
        variables.set("TWINKLE_TELEMETRY_INTERVAL", self.export_interval.as_millis());
    }

    fn sdk(&self, variables: &mut Variables) {
        variables.set("OTEL_SDK_DISABLED", !self.enabled);
        variables.set("OTEL_SERVICE_NAME", &self.service_name);
        let encoded = values::percent_encoded;
        let attributes = self.resource_attributes.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value)));
        variables.set("OTEL_RESOURCE_ATTRIBUTES", attributes.collect::<Vec<_>>().join(","));
        let (sampler, rate) = match self.sampler {
            Sampler::Always => ("always_on", None),
            Sampler::Never => ("always_off", None),
            Sampler::Probability(rate) => ("traceidratio", Some(rate)),
        };
        variables.set("OTEL_TRACES_SAMPLER", format!("parentbased_{sampler}"));
        if let Some(rate) = rate {
            variables.set("OTEL_TRACES_SAMPLER_ARG", rate);
        }
        variables.set("OTEL_METRIC_EXPORT_INTERVAL", self.export_interval.as_millis());
        variables.set("OTEL_BSP_MAX_QUEUE_SIZE", self.queue.capacity);
        variables.set("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", self.queue.batch);
        variables.set("OTEL_BSP_SCHEDULE_DELAY", self.queue.delay.as_millis());
        variables.set("RUST_LOG", &self.logs.filter);
    }

    fn exporters(&self, variables: &mut Variables) {
        let list = |exporters: &[(&str, bool)]| {
            let chosen: Vec<&str> = exporters.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect();
            if chosen.is_empty() { "none".to_owned() } else { chosen.join(",") }
        };
        let dumps = self.console.as_ref().is_some_and(|console| console.metrics);
        let traces = [("otlp", self.otlp.traces.is_some()), ("console", self.console.is_some())];
        let metrics = [("otlp", self.otlp.metrics.is_some()), ("console", dumps), ("prometheus", self.prometheus.is_some())];
        variables.set("OTEL_TRACES_EXPORTER", list(&traces));
        variables.set("OTEL_METRICS_EXPORTER", list(&metrics));
        variables.set("OTEL_LOGS_EXPORTER", list(&[("otlp", self.otlp.logs.is_some())]));
    }

    /// What is the same for all signals is told once.
    fn endpoints(&self, variables: &mut Variables) {
        let signals =
            [(Signal::Traces, &self.otlp.traces), (Signal::Metrics, &self.otlp.metrics), (Signal::Logs, &self.otlp.logs)];
        let signals: Vec<(Signal, &OtlpEndpoint)> =
            signals.into_iter().filter_map(|(signal, it)| Some((signal, it.as_ref()?))).collect();
        let is_one_base = |urls: &[(Signal, &OtlpEndpoint)]| {
            let mut bases = urls
                .iter()
                .filter(|(_, endpoint)| !endpoint.is_signal_url)
                .map(|(_, endpoint)| (&endpoint.url, endpoint.protocol));
            bases.next().is_none_or(|first| bases.all(|other| other == first))
        };
        let has_one_base = is_one_base(&signals);
        for (signal, endpoint) in &signals {
            let is_base = has_one_base && !endpoint.is_signal_url;
            let url = if is_base || endpoint.is_signal_url { endpoint.url.clone() } else { of_signal(endpoint, *signal) };
            variables.set(variable((!is_base).then_some(*signal), "ENDPOINT"), url);
        }
        let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let mut each = |setting: &str, value: &dyn Fn(&OtlpEndpoint) -> String| variables.set_alike(&signals, setting, value);
        each("PROTOCOL", &|endpoint| endpoint.protocol.name().to_owned());
        each("HEADERS", &headers);
        each("TIMEOUT", &|endpoint| endpoint.timeout.as_millis().to_string());
        each("COMPRESSION", &|endpoint| names::of(&names::COMPRESSIONS, &endpoint.compression).to_owned());
        each("CERTIFICATE", &|endpoint| endpoint.certificate.as_deref().map(path).unwrap_or_default());
        each("CLIENT_CERTIFICATE", &|endpoint| {
            endpoint.client_certificate.as_ref().map(|(file, _)| path(file)).unwrap_or_default()
        });
        each("CLIENT_KEY", &|endpoint| endpoint.client_certificate.as_ref().map(|(_, file)| path(file)).unwrap_or_default());
    }

    fn own(&self, variables: &mut Variables) {
        variables.set("LLM_SPAN_FINDINGS", names::of(&names::FINDINGS, &self.findings));
        let contracts = self.contracts.iter().map(name_of).collect::<Option<Vec<&str>>>();
        if let Some(contracts) = contracts {
            variables.set("LLM_SPAN_CONTRACTS", if contracts.is_empty() { "none".to_owned() } else { contracts.join(",") });
        }
        match &self.metric_sets {
            None => variables.set("LLM_SPAN_METRIC_SETS", "default"),
            Some(sets) => variables.set("LLM_SPAN_METRIC_SETS", names_of(sets).unwrap_or_default()),
        }
        variables.set("LLM_SPAN_SPAN_NAMES", names::of(&names::SPAN_NAMES, &self.span_names));
        variables.set("LLM_SPAN_SPAN_FILTER", &self.span_filter);
        variables.set("LLM_SPAN_LOG_FORMAT", names::of(&names::LOG_FORMATS, &self.logs.format));
        variables.set("LLM_SPAN_LOG_OUTPUT", names::of(&names::LOG_OUTPUTS, &self.logs.output));
        let encoded = values::percent_encoded;
        let carried = self.logs.span_fields.iter().map(|(field, key)| format!("{}={}", encoded(key), encoded(field)));
        variables.set("LLM_SPAN_LOG_SPAN_FIELDS", carried.collect::<Vec<_>>().join(","));
        variables.set("LLM_SPAN_LOG_LLM_FIELDS", self.logs.llm_fields);
        variables.set("LLM_SPAN_JSON_SPANS", self.json_spans);
        variables.set("LLM_SPAN_SHUTDOWN_TIMEOUT", values::written(self.shutdown_timeout));
        if let Some(sqlite) = &self.sqlite {
            variables.set("LLM_SPAN_SQLITE_PATH", sqlite.path.display());
            variables.set("LLM_SPAN_SQLITE_MAX_AGE", sqlite.max_age.map(values::written).unwrap_or_default());
            variables.set("LLM_SPAN_SQLITE_MAX_SIZE", sqlite.max_bytes.map(|bytes| format!("{bytes}B")).unwrap_or_default());
        }
        if let Some(prometheus) = &self.prometheus {
            variables.set("LLM_SPAN_PROMETHEUS_PATH", &prometheus.path);
            let listen = prometheus.listen.map_or_else(|| "off".to_owned(), |address| address.to_string());
            variables.set("LLM_SPAN_PROMETHEUS_LISTEN", listen);
        }
    }
}

struct Variables(Vec<(String, String)>);

impl Variables {
    /// An empty value would count as not set.
    fn set(&mut self, name: impl Into<String>, value: impl fmt::Display) {
        let (name, value) = (name.into(), format!("{value}"));
        if !value.is_empty() && !self.0.iter().any(|(other, _)| *other == name) {
            self.0.push((name, value));
        }
    }

    /// For all signals where it is the same, else for each.
    fn set_alike(&mut self, signals: &[(Signal, &OtlpEndpoint)], setting: &str, value: &dyn Fn(&OtlpEndpoint) -> String) {
        let values: Vec<(Signal, String)> = signals.iter().map(|(signal, endpoint)| (*signal, value(endpoint))).collect();
        let are_alike = values.windows(2).all(|pair| pair[0].1 == pair[1].1);
        for (signal, value) in values {
            self.set(variable((!are_alike).then_some(signal), setting), value);
        }
    }
}

/// The URL to which a signal is sent, as a variable of the signal has it.
fn of_signal(endpoint: &OtlpEndpoint, signal: Signal) -> String {
    match endpoint.protocol {
        Protocol::Grpc => endpoint.url.clone(),
        Protocol::HttpProtobuf => format!("{}/v1/{}", endpoint.url.trim_end_matches('/'), signal.name()),
    }
}

fn headers(endpoint: &OtlpEndpoint) -> String {
    let headers = endpoint.headers.iter().map(|(name, value)| format!("{name}={}", values::percent_encoded(value.expose())));
    headers.collect::<Vec<_>>().join(",")
}

fn name_of(contract: &Contract) -> Option<&'static str> {
    CONTRACTS.into_iter().find(|name| Contract::named(name).as_ref() == Some(contract))
}

/// The built-in sets that these metrics are, in their order; `None` where they are others.
fn names_of(sets: &MetricSets) -> Option<String> {
    if sets.metrics().is_empty() {
        return Some("none".to_owned());
    }
    let mut chosen: Vec<MetricSet> = Vec::new();
    loop {
        let so_far = MetricSets::new(chosen.clone()).ok()?;
        let known = so_far.metrics().len();
        if so_far == *sets {
            return Some(chosen.iter().map(MetricSet::name).collect::<Vec<_>>().join(","));
        }
        // The set that goes on where those so far end.
        let next = MetricSet::NAMES.into_iter().filter_map(MetricSet::named).find(|set| {
            let further = MetricSets::new(chosen.iter().cloned().chain([set.clone()]));
            further.is_ok_and(|further| further.metrics().len() > known && sets.metrics().starts_with(further.metrics()))
        })?;
        chosen.push(next);
    }
}
