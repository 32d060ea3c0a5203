//! Names as OpenTelemetry's translation makes them: in the Collector, and in Prometheus where it receives OTLP.

use std::borrow::Cow;

use super::{begun, is_label_character, units};
use crate::{Metric, MetricKind};

/// What becomes of several underscores in a row, in the name of a label.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Underscores {
    /// They become one.
    Joined,
    Kept,
}

pub(super) fn name(metric: &Metric, namespace: &str) -> String {
    let mut parts: Vec<Cow<'_, str>> = parts(&metric.name).map(Cow::Borrowed).collect();
    let (main, per) = unit_parts(&metric.unit);
    for word in [main, per] {
        if !word.is_empty() && !parts.contains(&Cow::Borrowed(word.as_str())) {
            parts.push(Cow::Owned(word));
        }
    }
    if metric.kind.is_counter() {
        only_last(&mut parts, "total");
    }
    if metric.unit == "1" && metric.kind == MetricKind::Gauge {
        only_last(&mut parts, "ratio");
    }
    if !namespace.is_empty() {
        parts.insert(0, Cow::Borrowed(namespace));
    }
    parts.join("_")
}

pub(super) fn unit(metric: &Metric) -> Option<String> {
    if metric.unit == "1" {
        return (metric.kind == MetricKind::Gauge).then(|| "ratio".to_owned());
    }
    let (main, per) = unit_parts(&metric.unit);
    let words: Vec<_> = [main, per].into_iter().filter(|word| !word.is_empty()).collect();
    Some(words.join("_"))
}

/// The words for a unit and for what it is per, unknown ones as they stand.
fn unit_parts(unit: &str) -> (String, String) {
    let (main, per) = units::parts(unit);
    let main = parts(units::translated_word(main).unwrap_or(main)).collect::<Vec<_>>().join("_");
    let per = parts(units::per_word(per).unwrap_or(per)).collect::<Vec<_>>().join("_");
    (main, if per.is_empty() { per } else { format!("per_{per}") })
}

/// What stands between characters that no name may have. An underscore is taken for one of them, so several become one.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|of: char| !of.is_ascii_alphanumeric() && of != ':').filter(|part| !part.is_empty())
}

/// A part stands at the end, and nowhere else.
fn only_last(parts: &mut Vec<Cow<'_, str>>, part: &'static str) {
    parts.retain(|other| other != part);
    parts.push(Cow::Borrowed(part));
}

/// Names in double underscores are kept as they are: they are Prometheus' own.
pub(super) fn label(name: &str, underscores: Underscores) -> Cow<'_, str> {
    let escaped = match underscores {
        Underscores::Kept => super::escaped(name, is_label_character),
        Underscores::Joined => Cow::Owned(joined(name)),
    };
    if escaped.starts_with('_') && !escaped.starts_with("__") {
        return Cow::Owned(format!("key{escaped}"));
    }
    match escaped {
        Cow::Borrowed(name) if !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) => Cow::Borrowed(name),
        name => Cow::Owned(begun(name.into_owned(), "key_")),
    }
}

/// Each run of characters that are not allowed, underscores among them, becomes one underscore.
fn joined(name: &str) -> String {
    if let Some(own) = name.strip_prefix("__").and_then(|rest| rest.strip_suffix("__")) {
        return format!("__{}__", joined_runs(own));
    }
    joined_runs(name)
}

fn joined_runs(name: &str) -> String {
    let mut joined = String::with_capacity(name.len());
    for of in name.chars() {
        let of = if is_label_character(of) { of } else { '_' };
        if of != '_' || !joined.ends_with('_') {
            joined.push(of);
        }
    }
    joined
}
