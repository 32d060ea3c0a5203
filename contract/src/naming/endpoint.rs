//! Names at the program's own endpoint.

use std::borrow::Cow;

use super::{begun, escaped, is_label_character, is_name_character, units};
use crate::{Metric, MetricKind};

const TOTAL: &str = "_total";

pub(super) fn name(metric: &Metric) -> String {
    let namespace = metric.namespace.as_deref().unwrap_or_default();
    let plain = if namespace.is_empty() { metric.name.to_string() } else { format!("{namespace}_{}", metric.name) };
    let mut name = escaped(&plain, is_name_character).into_owned();
    let is_counter = metric.kind.is_counter();
    if is_counter && name.ends_with(TOTAL) {
        name.truncate(name.len() - TOTAL.len());
    }
    if let Some(word) = unit(metric).filter(|word| !word.is_empty() && !says(&name, word)) {
        name.push('_');
        name.push_str(&word);
    }
    if is_counter {
        name.push_str(TOTAL);
    }
    name
}

/// The words for a unit of which all parts are known.
pub(super) fn unit(metric: &Metric) -> Option<String> {
    if metric.unit == "1" {
        return (metric.kind == MetricKind::Gauge).then(|| "ratio".to_owned());
    }
    let (main, per) = units::parts(&metric.unit);
    let main = if main.is_empty() { "" } else { units::word(main)? };
    if per.is_empty() {
        return Some(main.to_owned());
    }
    let per = units::per_word(per)?;
    Some(if main.is_empty() { format!("per_{per}") } else { format!("{main}_per_{per}") })
}

/// Whether the words stand in the name already.
fn says(name: &str, words: &str) -> bool {
    format!("_{name}_").contains(&format!("_{words}_"))
}

/// Names that begin with `__` are Prometheus' own: `__name__` would rename the metric.
pub(super) fn label(name: &str) -> Cow<'_, str> {
    let escaped = escaped(name, is_label_character);
    if escaped.starts_with("__") {
        return Cow::Owned(format!("key{escaped}"));
    }
    match escaped {
        Cow::Borrowed(name) if !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) => Cow::Borrowed(name),
        name => Cow::Owned(begun(name.into_owned(), "_")),
    }
}
