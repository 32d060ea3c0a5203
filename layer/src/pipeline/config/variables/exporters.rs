//! Which sinks the environment chooses, and what is chosen where nobody does.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::super::{
    draft::{Draft, Signal},
    environment::Environment,
    said::Said,
};
use crate::pipeline::settings::{ConsoleSettings, PrometheusSettings};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exporter {
    Otlp,
    Console,
    Prometheus,
    None,
}

/// Where neither the program nor a file has chosen: OTLP, for the signals to which the environment gives an endpoint; else the console.
pub(super) fn choose_by_default(variables: &Environment, draft: &mut Draft<'_>) {
    if draft.are_sinks_chosen || draft.settings.has_sinks() {
        return;
    }
    let has_endpoint = |signal: &Signal| {
        let names = ["OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), super::otlp::variable(Some(*signal), "ENDPOINT")];
        names.iter().any(|name| variables.get(name).is_some())
    };
    let signals: Vec<Signal> = Signal::ALL.into_iter().filter(has_endpoint).collect();
    if signals.is_empty() {
        draft.settings.console = Some(ConsoleSettings::default());
    }
    for signal in signals {
        draft.send(signal, true);
    }
}

/// `OTEL_{TRACES,METRICS,LOGS}_EXPORTER`. The console is one sink for all: that of traces says whether it is there, the others may add it.
pub(super) fn apply(variables: &Environment, draft: &mut Draft<'_>) {
    let problems = draft.problems;
    let names = [("otlp", Exporter::Otlp), ("console", Exporter::Console), ("none", Exporter::None)];
    let with_prometheus = [names[0], names[1], ("prometheus", Exporter::Prometheus), names[2]];
    let chosen = |name: &str, names: &[(&str, Exporter)]| variables.said(name, problems).and_then(|said| chosen(&said, names));
    let traces = chosen("OTEL_TRACES_EXPORTER", &names);
    let metrics = chosen("OTEL_METRICS_EXPORTER", &with_prometheus);
    let logs = chosen("OTEL_LOGS_EXPORTER", &names);
    for (signal, exporters) in [(Signal::Traces, &traces), (Signal::Metrics, &metrics), (Signal::Logs, &logs)] {
        if let Some(exporters) = exporters {
            draft.send(signal, exporters.contains(&Exporter::Otlp));
        }
    }
    let has_console =
        |exporters: &Option<Vec<Exporter>>| exporters.as_ref().map(|exporters| exporters.contains(&Exporter::Console));
    if has_console(&traces) == Some(false) {
        draft.settings.console = None;
    }
    if [&traces, &metrics, &logs].into_iter().any(|exporters| has_console(exporters) == Some(true)) {
        draft.settings.console.get_or_insert_default();
    }
    if let (Some(console), Some(dumps)) = (&mut draft.settings.console, has_console(&metrics)) {
        console.metrics = dumps;
    }
    if let Some(exporters) = metrics {
        let has_prometheus = exporters.contains(&Exporter::Prometheus);
        prometheus(has_prometheus, draft);
    }
    listen(variables, draft);
}

fn chosen(said: &Said<'_>, names: &[(&str, Exporter)]) -> Option<Vec<Exporter>> {
    let exporters = said.parts().iter().map(|said| said.one_of(names)).collect::<Option<Vec<Exporter>>>()?;
    if exporters.len() > 1 && exporters.contains(&Exporter::None) {
        said.expected("`none` by itself, or a list of exporters without it");
        return None;
    }
    Some(exporters)
}

/// One that the variable switches on listens where OpenTelemetry's does.
fn prometheus(is_on: bool, draft: &mut Draft<'_>) {
    let listening = || PrometheusSettings {
        listen: Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 9_464)),
        ..PrometheusSettings::default()
    };
    draft.settings.prometheus = is_on.then(|| draft.settings.prometheus.take().unwrap_or_else(listening));
}

/// `OTEL_EXPORTER_PROMETHEUS_HOST` and `…_PORT`, and our own variables of that endpoint.
fn listen(variables: &Environment, draft: &mut Draft<'_>) {
    let host = variables.said("OTEL_EXPORTER_PROMETHEUS_HOST", draft.problems).and_then(|said| {
        said.read(|text| {
            let text = if text.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { text };
            text.parse::<IpAddr>().map_err(|_| format!("is {text:?}; expected an IP address: `127.0.0.1`, `0.0.0.0`"))
        })
    });
    let port = variables.said("OTEL_EXPORTER_PROMETHEUS_PORT", draft.problems);
    let port = port.and_then(|said| said.count(0..=65_535)).and_then(|port| u16::try_from(port).ok());
    let Some(prometheus) = &mut draft.settings.prometheus else { return };
    if host.is_some() || port.is_some() {
        let address = prometheus.listen.unwrap_or_else(|| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 9_464));
        prometheus.listen = Some(SocketAddr::new(host.unwrap_or(address.ip()), port.unwrap_or(address.port())));
    }
    super::own::prometheus(variables, draft);
}
