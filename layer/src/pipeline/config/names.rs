//! Settings that are chosen by name, alike in a file and in variables.

use llm_span_contract::{Contract, Contracts, MetricSet, MetricSets, suggest::nearest};

use super::{draft::Draft, said::Said, values};
use crate::{
    findings::FindingsSetting,
    pipeline::settings::{Compression, LogFormat, LogOutput, Protocol, SpanNames},
};

pub(super) const FINDINGS: [(&str, FindingsSetting); 3] =
    [("log", FindingsSetting::Log), ("count", FindingsSetting::Count), ("off", FindingsSetting::Off)];

pub(super) const SPAN_NAMES: [(&str, SpanNames); 3] =
    [("as_they_are", SpanNames::AsTheyAre), ("gen_ai", SpanNames::GenAi), ("llm_gateway", SpanNames::LlmGateway)];

/// `auto`: JSON, or nothing where the console shows them.
pub(super) const LOG_FORMATS: [(&str, Option<LogFormat>); 4] =
    [("auto", None), ("json", Some(LogFormat::Json)), ("text", Some(LogFormat::Text)), ("off", Some(LogFormat::Off))];

pub(super) const LOG_OUTPUTS: [(&str, LogOutput); 2] = [("stdout", LogOutput::Stdout), ("stderr", LogOutput::Stderr)];

pub(super) const PROTOCOLS: [(&str, Protocol); 2] = [("grpc", Protocol::Grpc), ("http/protobuf", Protocol::HttpProtobuf)];

pub(super) const COMPRESSIONS: [(&str, Compression); 2] = [("none", Compression::None), ("gzip", Compression::Gzip)];

/// The names of the built-in contracts.
pub(super) const CONTRACTS: [&str; 4] = ["amtp", "gen_ai", "gen_ai/g2", "gen_ai/g3"];

/// The value of a table by which a setting is told.
pub(super) fn of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, other)| other == value).map_or("", |(name, _)| name)
}

/// `amtp`, `gen_ai`, …; `default`, or `none`.
pub(super) fn contracts(names: &[Said<'_>], draft: &mut Draft<'_>) {
    if let [word] = names {
        if word.is("default") {
            draft.settings.contracts = Contracts::default();
            return;
        }
        if word.is("none") {
            draft.settings.contracts = Contracts::none();
            return;
        }
    }
    let found: Vec<Option<Contract>> = names
        .iter()
        .map(|said| {
            let found = Contract::named(said.text.trim());
            if found.is_none() {
                unknown(said, &CONTRACTS);
            }
            found
        })
        .collect();
    if let Some(contracts) = found.into_iter().collect::<Option<Vec<Contract>>>() {
        draft.settings.contracts = contracts.into();
    }
}

/// `amtp`, `llm_gateway`, …; `default`: those that come with the contracts; `none`.
pub(super) fn metric_sets(names: &[Said<'_>], draft: &mut Draft<'_>) {
    if let [word] = names {
        if word.is("default") {
            draft.settings.metric_sets = None;
            return;
        }
        if word.is("none") {
            draft.settings.metric_sets = Some(MetricSets::default());
            return;
        }
    }
    let known = |said: &Said<'_>| {
        let known = MetricSet::named(said.text.trim());
        if known.is_none() {
            unknown(said, &MetricSet::NAMES);
        }
        known
    };
    let found: Vec<Option<MetricSet>> = names.iter().map(known).collect();
    let Some(sets) = found.into_iter().collect::<Option<Vec<MetricSet>>>() else { return };
    match (MetricSets::new(sets), names.last()) {
        (Ok(sets), _) => draft.settings.metric_sets = Some(sets),
        (Err(error), Some(said)) => said.refuse(format_args!("does not go with the others: {error}")),
        (Err(_), None) => {}
    }
}

fn unknown(said: &Said<'_>, names: &[&str]) {
    let expected = values::either(names.iter().copied());
    match nearest(said.text.trim(), names.iter().copied()) {
        Some(near) => said.expected(format_args!("{expected}; did you mean `{near}`?")),
        None => said.expected(expected),
    }
}
