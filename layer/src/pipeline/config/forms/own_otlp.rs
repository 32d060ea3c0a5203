//! `llm_span.sinks.otlp`.

use std::path::PathBuf;

use super::super::{
    block::{Block, Field},
    draft::{Draft, Signal},
    endpoint::EndpointChanges,
    names, values,
};

const KEYS: [&str; 12] = [
    "endpoint",
    "protocol",
    "insecure",
    "headers",
    "timeout",
    "compression",
    "certificate",
    "client_certificate",
    "client_key",
    "traces",
    "metrics",
    "logs",
];

/// `true`, an endpoint, or a mapping. Where nothing is sent so far, all three signals are, unless one is left out.
pub(super) fn apply(field: &Field<'_>, draft: &mut Draft<'_>) {
    if let Some(is_on) = field.as_boolean() {
        if !is_on || !draft.settings.otlp.is_set() {
            draft.send_all(is_on);
        }
        return;
    }
    if !draft.settings.otlp.is_set() {
        draft.send_all(true);
    }
    let changes = if field.is_mapping() {
        let Some(block) = field.block(&KEYS) else { return };
        read(&block)
    } else {
        let said = field.text("an endpoint, `http://localhost:4318`, or a mapping of settings");
        EndpointChanges { url: said, ..EndpointChanges::default() }
    };
    changes.apply_to_all(draft);
    let Some(block) = field.is_mapping().then(|| field.any_block()).flatten() else { return };
    for signal in Signal::ALL {
        if let Some(field) = block.get(signal.name()) {
            of_signal(signal, &field, &changes, draft);
        }
    }
}

/// `false` leaves a signal out, `true` does not; a mapping gives it settings of its own. Its endpoint is taken as it is.
fn of_signal(signal: Signal, field: &Field<'_>, all: &EndpointChanges<'_>, draft: &mut Draft<'_>) {
    if let Some(is_on) = field.as_boolean() {
        draft.send(signal, is_on);
        return;
    }
    let keys: Vec<&str> = KEYS.into_iter().filter(|key| Signal::ALL.iter().all(|signal| signal.name() != *key)).collect();
    let Some(block) = field.block(&keys) else { return };
    draft.send(signal, true);
    read(&block).apply_to(signal, all, draft);
}

fn read<'a>(block: &Block<'a>) -> EndpointChanges<'a> {
    let text = |key, expected| block.get(key).and_then(|field| field.text(expected));
    let path = |key| text(key, "the path of a PEM file")?.read(|path| values::file_path(path).map(PathBuf::from));
    let mut headers = Vec::new();
    if let Some(field) = block.get("headers") {
        super::headers(&field, &mut headers);
    }
    for (one, other) in [("client_certificate", "client_key"), ("client_key", "client_certificate")] {
        if let (Some(field), None) = (block.get(one), block.get(other)) {
            field.refuse(format_args!("needs `{other}` beside it; add it, or leave this out"));
        }
    }
    let timeout = block.get("timeout").and_then(|field| field.any_text("a time with its unit: `10s`"));
    EndpointChanges {
        url: text("endpoint", "an endpoint: `http://localhost:4318`"),
        insecure: block.get("insecure").and_then(|field| field.boolean()),
        protocol: text("protocol", "`grpc` or `http/protobuf`").and_then(|said| said.one_of(&names::PROTOCOLS)),
        headers,
        timeout: timeout.and_then(|said| said.duration(values::TIMEOUT)),
        compression: text("compression", "`none` or `gzip`").and_then(|said| said.one_of(&names::COMPRESSIONS)),
        certificate: path("certificate"),
        client_certificate: path("client_certificate"),
        client_key: path("client_key"),
    }
}
