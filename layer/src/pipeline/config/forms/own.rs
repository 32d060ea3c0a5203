//! Our own block, `llm_span`, in which everything can be set.

use std::path::PathBuf;

use super::{
    super::{
        block::{Block, Field},
        draft::Draft,
        said::Said,
        values,
    },
    gateway, own_otlp,
};
use crate::pipeline::{
    config::names,
    settings::{ConsoleSettings, PrometheusSettings},
};

const KEYS: [&str; 14] = [
    "enabled",
    "service_name",
    "resource_attributes",
    "sampler",
    "sinks",
    "export_interval",
    "contracts",
    "findings",
    "metric_sets",
    "span_names",
    "span_filter",
    "logs",
    "queue",
    "shutdown_timeout",
];

pub(super) fn apply(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&KEYS) else { return };
    if let Some(is_on) = block.get("enabled").and_then(|field| field.boolean()) {
        draft.settings.enabled = is_on;
    }
    let name = block.get("service_name");
    super::service_name(name.as_ref().and_then(|field| field.text("a name")), draft);
    if let Some(field) = block.get("resource_attributes") {
        super::resource_attributes(&field, name.is_some(), draft);
    }
    if let Some(field) = block.get("sampler") {
        sampler(&field, draft);
    }
    if let Some(field) = block.get("sinks") {
        sinks(&field, draft);
    }
    if let Some(interval) = time(&block, "export_interval").and_then(|said| said.duration(values::INTERVAL)) {
        draft.settings.export_interval = interval;
    }
    if let Some(timeout) = time(&block, "shutdown_timeout").and_then(|said| said.duration(values::SHUTDOWN)) {
        draft.settings.shutdown_timeout = timeout;
    }
    what_is_told_of_calls(&block, draft);
    if let Some(field) = block.get("logs") {
        logs(&field, draft);
    }
    if let Some(field) = block.get("queue") {
        queue(&field, draft);
    }
}

fn time<'a>(block: &Block<'a>, key: &str) -> Option<Said<'a>> {
    block.get(key)?.any_text("a time with its unit: `10s`")
}

fn what_is_told_of_calls(block: &Block<'_>, draft: &mut Draft<'_>) {
    if let Some(said) = block.get("contracts").and_then(|field| field.names("a list of contracts: `[amtp, gen_ai]`")) {
        names::contracts(&said, draft);
    }
    if let Some(said) = block.get("metric_sets").and_then(|field| field.names("a list of sets: `[amtp, llm_gateway]`")) {
        names::metric_sets(&said, draft);
    }
    let findings = block.get("findings").and_then(|field| off_or_text(&field));
    if let Some(findings) = findings.and_then(|said| said.one_of(&names::FINDINGS)) {
        draft.settings.findings = findings;
    }
    let span_names = block.get("span_names").and_then(|field| field.text("`as_they_are`, `gen_ai` or `llm_gateway`"));
    if let Some(span_names) = span_names.and_then(|said| said.one_of(&names::SPAN_NAMES)) {
        draft.settings.span_names = span_names;
    }
    let filter = block.get("span_filter").and_then(|field| off_or_text(&field));
    if let Some(filter) = filter.and_then(|said| said.read(values::filter)) {
        draft.settings.span_filter = filter;
    }
}

/// YAML 1.1 reads `off` as a boolean, 1.2 as a text; some editors write `false` for it.
fn off_or_text<'a>(field: &Field<'a>) -> Option<Said<'a>> {
    match field.as_boolean() {
        Some(false) => Some(Said { text: "off".to_owned(), ..field.any_text("a text")? }),
        _ => field.text("a text"),
    }
}

/// `always`, `never`, or the mapping that the gateway's form has.
fn sampler(field: &Field<'_>, draft: &mut Draft<'_>) {
    if field.is_mapping() {
        gateway::sampler(field, draft);
        return;
    }
    if let Some(number) = field.as_number() {
        field.refuse(format_args!(
            "is {number}; expected `always`, `never`, or a rate so: `{{type: probability, rate: {number}}}`"
        ));
        return;
    }
    let said = field.text("`always`, `never`, or `{type: probability, rate: 0.1}`");
    let names = [("always", crate::pipeline::Sampler::Always), ("never", crate::pipeline::Sampler::Never)];
    if let Some(said) = said {
        if said.is("probability") {
            said.expected("a rate with it: `{type: probability, rate: 0.1}`");
        } else if let Some(sampler) = said.one_of(&names) {
            draft.settings.sampler = sampler;
        }
    }
}

const SINKS: [&str; 5] = ["console", "json_spans", "sqlite", "otlp", "prometheus"];

/// A list says which there are; a mapping what becomes of those it names.
fn sinks(field: &Field<'_>, draft: &mut Draft<'_>) {
    draft.are_sinks_chosen = true;
    if field.is_mapping() {
        each_sink(field, draft);
        return;
    }
    let Some(said) = field.names("a list of sinks, `[console, sqlite]`, or a mapping of them with their settings") else {
        return;
    };
    let names = SINKS.map(|name| (name, name));
    let Some(chosen) = said.iter().map(|said| said.one_of(&names)).collect::<Option<Vec<&str>>>() else { return };
    let is_chosen = |name: &str| chosen.contains(&name);
    let settings = &mut draft.settings;
    settings.console = is_chosen("console").then(|| settings.console.take().unwrap_or_default());
    settings.json_spans = is_chosen("json_spans");
    settings.prometheus = is_chosen("prometheus").then(|| settings.prometheus.take().unwrap_or_default());
    draft.keep(is_chosen("sqlite"));
    // Signals that are left out stay so.
    if !is_chosen("otlp") || !draft.settings.otlp.is_set() {
        draft.send_all(is_chosen("otlp"));
    }
}

fn each_sink(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&SINKS) else { return };
    if let Some(field) = block.get("console") {
        console(&field, draft);
    }
    if let Some(is_on) = block.get("json_spans").and_then(|field| field.boolean()) {
        draft.settings.json_spans = is_on;
    }
    if let Some(field) = block.get("sqlite") {
        sqlite(&field, draft);
    }
    if let Some(field) = block.get("otlp") {
        own_otlp::apply(&field, draft);
    }
    if let Some(field) = block.get("prometheus") {
        prometheus(&field, draft);
    }
}

fn console(field: &Field<'_>, draft: &mut Draft<'_>) {
    if let Some(is_on) = field.as_boolean() {
        draft.settings.console = is_on.then(|| draft.settings.console.take().unwrap_or_default());
    } else if let Some(block) = field.block(&["metrics"]) {
        let console = draft.settings.console.get_or_insert_with(ConsoleSettings::default);
        if let Some(metrics) = block.get("metrics").and_then(|field| field.boolean()) {
            console.metrics = metrics;
        }
    }
}

/// `true`, a path, or a mapping.
fn sqlite(field: &Field<'_>, draft: &mut Draft<'_>) {
    if let Some(is_on) = field.as_boolean() {
        draft.keep(is_on);
        return;
    }
    if !field.is_mapping() {
        set_sqlite_path(field.text("the path of a file, or a mapping: `{path: telemetry.db, max_age: 7d}`"), draft);
        draft.keep(true);
        return;
    }
    let Some(block) = field.block(&["path", "max_age", "max_size"]) else { return };
    set_sqlite_path(block.get("path").and_then(|field| field.text("the path of a file")), draft);
    if let Some(age) = time(&block, "max_age").and_then(|said| said.duration(values::AGE)) {
        draft.each_sqlite(|sqlite| sqlite.max_age = Some(age));
    }
    let size = block.get("max_size").and_then(|field| field.any_text("a size with its unit: `512MB`"));
    if let Some(size) = size.and_then(|said| said.read(values::size)) {
        draft.each_sqlite(|sqlite| sqlite.max_bytes = Some(size));
    }
    draft.keep(true);
}

fn set_sqlite_path(said: Option<Said<'_>>, draft: &mut Draft<'_>) {
    let path = said.and_then(|said| said.read(|path| values::file_path(path).map(PathBuf::from)));
    if let Some(path) = path {
        draft.each_sqlite(|sqlite| sqlite.path.clone_from(&path));
    }
}

/// `true`, or a mapping.
fn prometheus(field: &Field<'_>, draft: &mut Draft<'_>) {
    if let Some(is_on) = field.as_boolean() {
        draft.settings.prometheus = is_on.then(|| draft.settings.prometheus.take().unwrap_or_default());
        return;
    }
    let Some(block) = field.block(&["path", "listen"]) else { return };
    let prometheus = draft.settings.prometheus.get_or_insert_with(PrometheusSettings::default);
    let path = block.get("path").and_then(|field| field.text("a path that begins with `/`: `/metrics`"));
    if let Some(path) = path.and_then(|said| said.read(values::endpoint_path)) {
        prometheus.path = path;
    }
    if let Some(field) = block.get("listen") {
        if field.as_boolean() == Some(false) {
            prometheus.listen = None;
        } else if let Some(address) =
            field.text("an address with its port: `127.0.0.1:9464`").and_then(|said| said.read(values::address))
        {
            prometheus.listen = Some(address);
        }
    }
}

fn logs(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&["format", "output", "filter", "span_fields", "llm_fields"]) else { return };
    let logs = &mut draft.settings.logs;
    if let Some(format) =
        block.get("format").and_then(|field| off_or_text(&field)).and_then(|said| said.one_of(&names::LOG_FORMATS))
    {
        logs.format = format;
    }
    let output = block.get("output").and_then(|field| field.text("`stdout` or `stderr`"));
    if let Some(output) = output.and_then(|said| said.one_of(&names::LOG_OUTPUTS)) {
        logs.output = output;
    }
    if let Some(filter) = block.get("filter").and_then(|field| off_or_text(&field)).and_then(|said| said.read(values::filter)) {
        logs.filter = filter;
    }
    if let Some(is_wanted) = block.get("llm_fields").and_then(|field| field.boolean()) {
        logs.llm_fields = is_wanted;
    }
    if let Some(field) = block.get("span_fields") {
        span_fields(&field, draft);
    }
}

/// `{key: field}`.
fn span_fields(field: &Field<'_>, draft: &mut Draft<'_>) {
    if !field.is_mapping() {
        field.expected("a mapping of keys to fields of spans: `{request_id: http.request_id}`");
        return;
    }
    let Some(block) = field.any_block() else { return };
    for (key, field) in block.entries() {
        let Some(said) = field.text("the field of a span: `http.request_id`") else { continue };
        if said.read(|field| values::span_field(key, field)).is_some() {
            draft.settings.logs.carry(said.text.trim().to_owned(), key.to_owned());
        }
    }
}

fn queue(field: &Field<'_>, draft: &mut Draft<'_>) {
    let Some(block) = field.block(&["capacity", "batch", "delay"]) else { return };
    let count = |key| block.get(key).and_then(|field| field.number("a whole number"));
    if let Some(said) = count("capacity") {
        draft.set_capacity(&said);
    }
    if let Some(said) = count("batch") {
        draft.set_batch(&said);
    }
    if let Some(delay) = time(&block, "delay").and_then(|said| said.duration(values::DELAY)) {
        draft.settings.queue.delay = delay;
    }
}
