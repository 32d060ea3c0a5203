//! `OTEL_EXPORTER_OTLP_*`, for all signals and for each.

use std::path::PathBuf;

use super::super::{
    draft::{Draft, Signal},
    endpoint::EndpointChanges,
    environment::Environment,
    headers::lay,
    names,
    said::Said,
    values,
};
use crate::pipeline::settings::Secret;

/// `OTEL_EXPORTER_OTLP_ENDPOINT`, or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
pub(in super::super) fn variable(signal: Option<Signal>, setting: &str) -> String {
    match signal {
        None => format!("OTEL_EXPORTER_OTLP_{setting}"),
        Some(signal) => format!("OTEL_EXPORTER_OTLP_{}_{setting}", signal.name().to_ascii_uppercase()),
    }
}

pub(super) fn apply(variables: &Environment, draft: &mut Draft<'_>) {
    let all = read(variables, None, draft);
    all.apply_to_all(draft);
    for signal in Signal::ALL {
        let changes = read(variables, Some(signal), draft);
        changes.apply_to(signal, &all, draft);
    }
}

fn read<'a>(variables: &Environment, signal: Option<Signal>, draft: &Draft<'a>) -> EndpointChanges<'a> {
    let said = |setting| variables.said(&variable(signal, setting), draft.problems);
    let path = |setting| said(setting)?.read(|path| values::file_path(path).map(PathBuf::from));
    let mut headers = Vec::new();
    if let Some(said) = said("HEADERS") {
        read_headers(&said, &mut headers);
    }
    let has_pair = Signal::ALL.into_iter().any(|signal| {
        let otlp = &draft.settings.otlp;
        let endpoint = match signal {
            Signal::Traces => &otlp.traces,
            Signal::Metrics => &otlp.metrics,
            Signal::Logs => &otlp.logs,
        };
        endpoint.as_ref().is_some_and(|endpoint| endpoint.client_certificate.is_some())
    });
    for (one, other) in [("CLIENT_CERTIFICATE", "CLIENT_KEY"), ("CLIENT_KEY", "CLIENT_CERTIFICATE")] {
        if let (Some(said), None, false) = (said(one), said(other), has_pair) {
            said.refuse(format_args!("needs `{}` beside it; set it, or leave this out", variable(signal, other)));
        }
    }
    EndpointChanges {
        url: said("ENDPOINT"),
        insecure: said("INSECURE").and_then(|said| said.boolean()),
        protocol: said("PROTOCOL").and_then(|said| said.one_of(&names::PROTOCOLS)),
        headers,
        timeout: said("TIMEOUT").and_then(|said| said.milliseconds(values::TIMEOUT)),
        compression: said("COMPRESSION").and_then(|said| said.one_of(&names::COMPRESSIONS)),
        certificate: path("CERTIFICATE"),
        client_certificate: path("CLIENT_CERTIFICATE"),
        client_key: path("CLIENT_KEY"),
    }
}

/// `name=value,…` with percent-encoded values, of which nothing is shown: a value may stand where a name should.
fn read_headers(said: &Said<'_>, headers: &mut Vec<(String, Secret)>) {
    for part in said.parts() {
        let Some((name, value)) = part.text.split_once('=') else {
            said.refuse(
                "has a part that is no header (it is not shown); expected `name=value` between commas, `,` in a value as `%2C`",
            );
            continue;
        };
        let name = said.read(|_| values::header_name(name.trim()));
        let value = values::percent_decoded(value.trim());
        let value = said.read(|_| {
            let value = value.ok_or("has a value that is no UTF-8 (it is not shown)")?;
            values::header_value(&value).map(|()| value)
        });
        if let (Some(name), Some(value)) = (name, value) {
            lay(headers, name, &value);
        }
    }
}
