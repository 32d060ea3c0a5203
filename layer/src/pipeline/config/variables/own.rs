//! `LLM_SPAN_*`: what OpenTelemetry has no variable for.

use std::path::PathBuf;

use super::super::{draft::Draft, environment::Environment, names, said::Said, values};

pub(super) fn apply(variables: &Environment, draft: &mut Draft<'_>) {
    let problems = draft.problems;
    if let Some(findings) = variables.said("LLM_SPAN_FINDINGS", problems).and_then(|said| said.one_of(&names::FINDINGS)) {
        draft.settings.findings = findings;
    }
    if let Some(said) = variables.said("LLM_SPAN_CONTRACTS", problems) {
        names::contracts(&said.parts(), draft);
    }
    if let Some(said) = variables.said("LLM_SPAN_METRIC_SETS", problems) {
        names::metric_sets(&said.parts(), draft);
    }
    if let Some(span_names) = variables.said("LLM_SPAN_SPAN_NAMES", problems).and_then(|said| said.one_of(&names::SPAN_NAMES)) {
        draft.settings.span_names = span_names;
    }
    if let Some(filter) = variables.said("LLM_SPAN_SPAN_FILTER", problems).and_then(|said| said.read(values::filter)) {
        draft.settings.span_filter = filter;
    }
    if let Some(format) = variables.said("LLM_SPAN_LOG_FORMAT", problems).and_then(|said| said.one_of(&names::LOG_FORMATS)) {
        draft.settings.logs.format = format;
    }
    if let Some(output) = variables.said("LLM_SPAN_LOG_OUTPUT", problems).and_then(|said| said.one_of(&names::LOG_OUTPUTS)) {
        draft.settings.logs.output = output;
    }
    if let Some(said) = variables.said("LLM_SPAN_LOG_SPAN_FIELDS", problems) {
        span_fields(&said, draft);
    }
    if let Some(is_wanted) = variables.said("LLM_SPAN_LOG_LLM_FIELDS", problems).and_then(|said| said.boolean()) {
        draft.settings.logs.llm_fields = is_wanted;
    }
    if let Some(is_on) = variables.said("LLM_SPAN_JSON_SPANS", problems).and_then(|said| said.boolean()) {
        draft.settings.json_spans = is_on;
    }
    let timeout = variables.said("LLM_SPAN_SHUTDOWN_TIMEOUT", problems);
    if let Some(timeout) = timeout.and_then(|said| said.duration(values::SHUTDOWN)) {
        draft.settings.shutdown_timeout = timeout;
    }
    sqlite(variables, draft);
}

/// `key=field,…`, percent-encoded where a name has one of these signs.
fn span_fields(said: &Said<'_>, draft: &mut Draft<'_>) {
    for part in said.parts() {
        let decoded = |text: &str| values::percent_decoded(text.trim()).filter(|text| !text.trim().is_empty());
        let pair = part.text.split_once('=').and_then(|(key, field)| decoded(key).zip(decoded(field)));
        match pair {
            Some((key, field)) => draft.settings.logs.carry(field, key),
            None => part.expected("`key=field` between commas: `request_id=http.request_id`"),
        }
    }
}

/// A path switches the file on.
fn sqlite(variables: &Environment, draft: &mut Draft<'_>) {
    let problems = draft.problems;
    if let Some(age) = variables.said("LLM_SPAN_SQLITE_MAX_AGE", problems).and_then(|said| said.duration(values::AGE)) {
        draft.each_sqlite(|sqlite| sqlite.max_age = Some(age));
    }
    if let Some(size) = variables.said("LLM_SPAN_SQLITE_MAX_SIZE", problems).and_then(|said| said.read(values::size)) {
        draft.each_sqlite(|sqlite| sqlite.max_bytes = Some(size));
    }
    let path = variables.said("LLM_SPAN_SQLITE_PATH", problems);
    if let Some(path) = path.and_then(|said| said.read(|path| values::file_path(path).map(PathBuf::from))) {
        draft.each_sqlite(|sqlite| sqlite.path.clone_from(&path));
        draft.keep(true);
    }
}

/// Of an endpoint that is there.
pub(super) fn prometheus(variables: &Environment, draft: &mut Draft<'_>) {
    let problems = draft.problems;
    let Some(prometheus) = &mut draft.settings.prometheus else { return };
    if let Some(path) = variables.said("LLM_SPAN_PROMETHEUS_PATH", problems).and_then(|said| said.read(values::endpoint_path)) {
        prometheus.path = path;
    }
    if let Some(said) = variables.said("LLM_SPAN_PROMETHEUS_LISTEN", problems) {
        if said.is("off") {
            prometheus.listen = None;
        } else if let Some(address) = said.read(values::address) {
            prometheus.listen = Some(address);
        }
    }
}
