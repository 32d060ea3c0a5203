//! Labels: that each has a value, once, under a name that is free.

use std::borrow::Cow;

use super::spans::is_key;
use crate::{Fact, Label, Measure, Metric, Naming, Point, Source};

/// So many labels a metric may have: each one multiplies its series.
const MOST: usize = 24;

pub(super) fn wrong(metric: &Metric) -> Option<String> {
    metric.labels.iter().find_map(|label| wrong_label(metric, label)).or_else(|| {
        let of_points = metric.points.iter().find_map(|point| wrong_fixed(point).or_else(|| twice(metric, point)));
        of_points.or_else(|| too_many(metric))
    })
}

fn wrong_label(metric: &Metric, label: &Label) -> Option<String> {
    let name = &label.name;
    if let Some(wrong) = wrong_name(name) {
        return Some(wrong);
    }
    if label.default.as_deref() == Some("") {
        return Some(format!("the default of label `{name}` is empty, which Prometheus takes for no label; leave it out"));
    }
    let measures = |wanted: fn(&Measure) -> bool| metric.points.iter().any(|point| wanted(&point.measure));
    if measures(|measure| *measure == Measure::Callback) {
        let is_read = !label.from.is_empty();
        return is_read.then(|| format!("the callback gives label `{name}`, no span does; say `.label(Label::new({name:?}))`"));
    }
    if label.from.is_empty() && label.default.is_none() {
        return Some(format!(
            "nothing gives label `{name}` a value; say where it comes from: `Label::of({name:?}, [\"attribute\"])`"
        ));
    }
    let is_of_violations = measures(|measure| *measure == Measure::Violations);
    let is_of_now = measures(|measure| matches!(measure, Measure::Open | Measure::Waiting));
    label.from.iter().find_map(|source| wrong_source(name, source, is_of_violations, is_of_now))
}

fn wrong_source(name: &str, source: &Source, is_of_violations: bool, is_of_now: bool) -> Option<String> {
    match &source.fact {
        Fact::Contract | Fact::Finding | Fact::FindingAttribute if !is_of_violations => {
            return Some(format!("label `{name}` tells of a finding, of which only `Measure::Violations` knows; leave it out"));
        }
        Fact::Attribute(_) | Fact::Outcome if is_of_violations => {
            let known = "its contract, finding and attribute, the span's name, the service";
            return Some(format!("label `{name}` asks what a violation does not tell; expected one of {known}"));
        }
        Fact::Outcome if is_of_now => {
            return Some(format!("label `{name}` tells how the span ended, which is not known while it is open; leave it out"));
        }
        Fact::Attribute(key) if !is_key(key) => {
            return Some(format!(
                "label `{name}` is read from {key:?}, which is no attribute; expected a dotted name such as `store.backend`"
            ));
        }
        _ => {}
    }
    if source.only_renamed && source.renames.is_empty() {
        return Some(format!("label `{name}` takes only what is renamed, and nothing is; name values in `.only([…])`"));
    }
    for (i, (from, _)) in source.renames.iter().enumerate() {
        if source.renames[..i].iter().any(|(other, _)| other == from) {
            return Some(format!("label `{name}` says twice how `{from}` is spelt; leave one out"));
        }
    }
    let (from, _) = source.renames.iter().find(|(_, to)| to.is_empty())?;
    Some(format!("label `{name}` spells `{from}` as nothing, which Prometheus takes for no label; use `.only([…])` without it"))
}

fn wrong_fixed(point: &Point) -> Option<String> {
    point.fixed.iter().find_map(|(name, value)| {
        wrong_name(name).or_else(|| {
            let is_empty = value.trim().is_empty();
            is_empty.then(|| format!("the fixed label `{name}` is empty, which Prometheus takes for no label; leave it out"))
        })
    })
}

/// Two labels of a measurement that are one in Prometheus.
fn twice(metric: &Metric, point: &Point) -> Option<String> {
    let names: Vec<&str> =
        metric.labels.iter().map(|label| &*label.name).chain(point.fixed.iter().map(|(name, _)| &**name)).collect();
    for (i, one) in names.iter().enumerate() {
        if let Some(other) = names[..i].iter().find(|other| spelt(other) == spelt(one)) {
            return Some(if one == other {
                format!("label `{one}` is there twice; say all its sources in one `Label::of({one:?}, […])`")
            } else {
                format!("labels `{other}` and `{one}` both read `{}` in Prometheus; rename one of them", spelt(one))
            });
        }
    }
    None
}

fn too_many(metric: &Metric) -> Option<String> {
    let count = metric.points.iter().map(|point| metric.labels.len() + point.fixed.len()).max().unwrap_or_default();
    (count > MOST).then(|| format!("{count} labels are too many: each multiplies its series; keep at most {MOST}"))
}

fn wrong_name(name: &str) -> Option<String> {
    if !is_key(name) || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Some(format!(
            "{name:?} is no name of a label; expected a letter, then letters, digits, `_` and `.`, such as `store.backend`"
        ));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c)) {
        return Some(format!("{name:?} is no name of a label; expected letters, digits, `_`, `.`, `-` and `/`"));
    }
    if ["job", "instance"].contains(&name) {
        let why = format!("a scrape puts its own there, and this one reads `exported_{name}` then");
        return Some(format!("label `{name}` is overwritten: {why}; give it another name, such as `{name}.name`"));
    }
    let spelt = spelt(name);
    let is_reserved = ["le", "quantile", "otel_metric_overflow"].contains(&&*spelt) || name.starts_with("__");
    is_reserved.then(|| format!("label `{name}` is taken: Prometheus or OpenTelemetry puts its own value there; rename it"))
}

/// A label as Prometheus spells it.
fn spelt(name: &str) -> Cow<'_, str> {
    Naming::Endpoint.label_name(name)
}
