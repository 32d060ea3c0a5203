//! Units as OpenTelemetry has them.

use std::borrow::Cow;

use llm_span_contract::{Measure, Metric, MetricError, Naming};

/// The longest unit that OpenTelemetry has.
const LONGEST: usize = 63;

/// A metric of that name, with the unit in UCUM's notation.
pub(super) fn metric(name: &str, unit: &str) -> Result<Metric, MetricError> {
    let build = |unit: Cow<'static, str>| Metric::gauge(name.to_owned()).unit(unit).measure(Measure::Callback).build();
    if let Some(unit) = in_ucum(unit) {
        return build(unit.into());
    }
    match build(unit.to_owned().into()) {
        // A unit that says something to Prometheus.
        Ok(metric) if unit.is_empty() || Naming::Endpoint.unit_name(&metric).is_some() => Ok(metric),
        _ => build(in_braces(unit).into()),
    }
}

/// Words for units that UCUM has a sign for.
fn in_ucum(word: &str) -> Option<&'static str> {
    Some(match word {
        "second" | "seconds" => "s",
        "millisecond" | "milliseconds" => "ms",
        "microsecond" | "microseconds" => "us",
        "minute" | "minutes" => "min",
        "hour" | "hours" => "h",
        "byte" | "bytes" => "By",
        "percent" => "%",
        _ => return None,
    })
}

/// What is counted, as a remark: with nothing in it that a remark can't have.
fn in_braces(unit: &str) -> String {
    let inner = unit.strip_prefix('{').and_then(|unit| unit.strip_suffix('}')).unwrap_or(unit);
    let fits = |c: char| if c.is_ascii_graphic() && c != '{' && c != '}' { c } else { '_' };
    let inner: String = inner.chars().map(fits).take(LONGEST - 2).collect();
    if inner.is_empty() { inner } else { format!("{{{inner}}}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_in_ucum_or_in_braces() {
        let units = [
            ("count", "{count}"),
            ("tokens", "{tokens}"),
            ("{tokens}", "{tokens}"),
            ("USD", "{USD}"),
            ("s", "s"),
            ("seconds", "s"),
            ("By", "By"),
            ("%", "%"),
            ("By/s", "By/s"),
            ("", ""),
            ("{}", ""),
            ("a {b} ü", "{a__b___}"),
        ];
        for (unit, told) in units {
            assert_eq!(metric("my_metric", unit).expect("a metric").unit, told, "{unit}");
        }
        assert_eq!(metric("my_metric", &"ü".repeat(200)).expect("a metric").unit.len(), LONGEST);
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for name in ["", " ", "2nd", "a b", "ü"] {
            assert!(metric(name, "s").is_err(), "{name:?}");
        }
    }
}
