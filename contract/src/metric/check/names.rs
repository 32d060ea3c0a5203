//! The names that a metric has: its own, its namespace, its unit.

use crate::{Metric, MetricKind, Naming};

/// The longest name that OpenTelemetry has for an instrument.
const LONGEST_NAME: usize = 255;
/// The longest unit, likewise.
const LONGEST_UNIT: usize = 63;

pub(super) fn wrong(metric: &Metric) -> Option<String> {
    let Metric { name, namespace, unit, .. } = metric;
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c))
            && name.len() <= LONGEST_NAME
    };
    if name.trim().is_empty() {
        return Some("a metric needs a name; give it one such as `store.operation.duration`".into());
    }
    if !is_name(name) {
        let rule = "a letter, then letters, digits, `_`, `.`, `-` and `/`, at most 255 of them";
        return Some(format!("{name:?} is no name of an instrument; expected {rule}"));
    }
    if let Some(namespace) = namespace
        && !is_in_prometheus(namespace)
    {
        return Some(format!("{namespace:?} is no namespace; expected a letter, then letters, digits and `_`, such as `llm`"));
    }
    if let Some(event) = &metric.event
        && !is_name(event)
    {
        return Some(format!("{event:?} is no name of an event; expected one such as `prompt_tokens`"));
    }
    if !is_unit(unit) {
        let expected = "expected UCUM's notation (`s`, `By`, `%`), or in braces what is counted (`{token}`)";
        return Some(format!("{unit:?} is no unit; {expected}"));
    }
    in_ucum(unit).map(|written| format!("the unit `{unit}` is written `{written}` in UCUM; say `.unit(\"{written}\")`"))
}

fn is_in_prometheus(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether it reads like a unit of UCUM: a token of letters, digits and operators, with remarks in braces. None is a unit, too.
fn is_unit(unit: &str) -> bool {
    let mut is_in_braces = false;
    for c in unit.chars() {
        match c {
            '{' if !is_in_braces => is_in_braces = true,
            '}' if is_in_braces => is_in_braces = false,
            '{' | '}' => return false,
            c if is_in_braces && c.is_ascii_graphic() => {}
            c if c.is_ascii_alphanumeric() || "%/.*^'[]()-_".contains(c) => {}
            _ => return false,
        }
    }
    !is_in_braces && !unit.contains("{}") && unit.len() <= LONGEST_UNIT
}

/// What a word is in UCUM, of those that are taken for a unit.
fn in_ucum(word: &str) -> Option<&'static str> {
    Some(match &*word.to_ascii_lowercase() {
        "nanosecond" | "nanoseconds" | "nanos" | "nsec" => "ns",
        "microsecond" | "microseconds" | "micros" | "usec" => "us",
        "millisecond" | "milliseconds" | "millis" | "msec" | "msecs" => "ms",
        "second" | "seconds" | "sec" | "secs" => "s",
        "minute" | "minutes" | "mins" => "min",
        "hour" | "hours" | "hr" | "hrs" => "h",
        "day" | "days" => "d",
        "byte" | "bytes" => "By",
        "kilobyte" | "kilobytes" => "kBy",
        "megabyte" | "megabytes" => "MBy",
        "gigabyte" | "gigabytes" => "GBy",
        "kibibyte" | "kibibytes" => "KiBy",
        "mebibyte" | "mebibytes" => "MiBy",
        "gibibyte" | "gibibytes" => "GiBy",
        "percent" => "%",
        "ratio" => "1",
        "token" | "tokens" => "{token}",
        "request" | "requests" => "{request}",
        "call" | "calls" => "{call}",
        "chunk" | "chunks" => "{chunk}",
        "error" | "errors" => "{error}",
        "usd" | "dollar" | "dollars" => "{USD}",
        _ => return None,
    })
}

/// A name that both have in Prometheus, at the program's own endpoint, in either of its formats.
pub(super) fn same_in_prometheus(a: &Metric, b: &Metric) -> Option<String> {
    let same = |of: fn(&Metric) -> Vec<String>| {
        let others = of(b);
        of(a).into_iter().find(|name| others.contains(name))
    };
    let in_text = || same(series).map(|name| format!("`{name}` in Prometheus"));
    in_text().or_else(|| {
        let why = "in OpenMetrics, Prometheus' other format, where a counter's name is without `_total`";
        same(open_metrics).map(|name| format!("`{name}` {why}"))
    })
}

fn series(metric: &Metric) -> Vec<String> {
    let of_buckets: &[_] = if is_histogram(metric) { &["", "_bucket", "_sum", "_count"] } else { &[""] };
    with_endings(&Naming::Endpoint.metric_name(metric), of_buckets)
}

/// The names that a family takes in OpenMetrics: its own, those of its series, and the one of the time of creation, which is kept free.
fn open_metrics(metric: &Metric) -> Vec<String> {
    let name = Naming::Endpoint.metric_name(metric);
    match name.strip_suffix("_total") {
        Some(family) if metric.kind.is_counter() => with_endings(family, &["", "_total", "_created"]),
        _ if is_histogram(metric) => with_endings(&name, &["", "_bucket", "_sum", "_count", "_created"]),
        _ => vec![name],
    }
}

fn with_endings(name: &str, endings: &[&str]) -> Vec<String> {
    endings.iter().map(|ending| format!("{name}{ending}")).collect()
}

fn is_histogram(metric: &Metric) -> bool {
    matches!(metric.kind, MetricKind::Histogram { .. })
}
