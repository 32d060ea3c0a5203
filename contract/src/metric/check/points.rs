//! What is measured, and whether the kind of instrument can take it.

use std::borrow::Cow;

use crate::{Amount, Measure, Metric, MetricKind};

/// The unit of seconds.
const SECONDS: &str = "s";

/// What a measure yields. What one instrument adds up must be of one class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Ends,
    Seconds,
    Now,
    Tokens,
    Money,
    Numbers,
    Violations,
    Callback,
}

pub(super) fn wrong(metric: &Metric) -> Option<String> {
    let Some(first) = metric.points.first() else {
        return Some("nothing is measured; say what: `.measure(Measure::Duration)`".into());
    };
    for (i, point) in metric.points.iter().enumerate() {
        let wrong =
            misfit(&metric.kind, &point.measure).or_else(|| amount(&point.measure)).or_else(|| told(metric, &point.measure));
        if wrong.is_some() {
            return wrong;
        }
        if metric.points[..i].contains(point) {
            return Some(format!(
                "{} is measured twice alike; leave one out, or tell them apart by a fixed label",
                what(&point.measure)
            ));
        }
        if class(&point.measure) != class(&first.measure) {
            let (one, other) = (what(&first.measure), what(&point.measure));
            return Some(format!("{one} and {other} can't be one metric; make it two"));
        }
    }
    wrong_unit(metric, &first.measure)
}

/// A time is in seconds, and a count is no time.
fn wrong_unit(metric: &Metric, measure: &Measure) -> Option<String> {
    /// Those of UCUM.
    const TIMES: [&str; 10] = ["ns", "us", "ms", "s", "min", "h", "d", "wk", "mo", "a"];
    let unit = &*metric.unit;
    match class(measure) {
        Class::Seconds if !["", SECONDS].contains(&unit) => {
            Some(format!("{} is measured in seconds, not in `{unit}`; say `.unit(\"s\")`", what(measure)))
        }
        Class::Ends | Class::Now | Class::Tokens | Class::Violations if TIMES.contains(&unit) => {
            let remedy = "say what is counted, in braces: `.unit(\"{request}\")`";
            Some(format!("{} is a count, and `{unit}` a unit of time; {remedy}", what(measure)))
        }
        Class::Numbers if metric.kind == MetricKind::DecimalCounter && unit != SECONDS => {
            let why = "a decimal counter adds up money and seconds, amounts of at most a billion";
            let remedy = "`Measure::Cost` is for money, `.unit(\"s\")` for seconds, `Metric::counter(…)` for sizes";
            Some(format!("{why}; {remedy}, and `Metric::histogram(…)` has the sum of anything else"))
        }
        _ => None,
    }
}

fn class(measure: &Measure) -> Class {
    match measure {
        Measure::Closed => Class::Ends,
        Measure::Duration | Measure::Wait | Measure::Execution | Measure::Busy | Measure::TimePerChunk => Class::Seconds,
        Measure::Open | Measure::Waiting => Class::Now,
        Measure::Tokens(_) => Class::Tokens,
        Measure::Cost(_) => Class::Money,
        Measure::Value(_) => Class::Numbers,
        Measure::Violations => Class::Violations,
        Measure::Callback => Class::Callback,
    }
}

fn what(measure: &Measure) -> &'static str {
    match measure {
        Measure::Closed => "how many spans have ended",
        Measure::Duration => "a duration",
        Measure::Wait => "a wait",
        Measure::Execution => "an execution time",
        Measure::Busy => "a busy time",
        Measure::Open => "what is open now",
        Measure::Waiting => "what waits now",
        Measure::Tokens(_) => "a number of tokens",
        Measure::Cost(_) => "a cost",
        Measure::Value(_) => "an attribute's value",
        Measure::TimePerChunk => "the time per chunk",
        Measure::Violations => "how many violations there were",
        Measure::Callback => "what a callback tells",
    }
}

/// Why an instrument of that kind can't take it.
fn misfit(kind: &MetricKind, measure: &Measure) -> Option<String> {
    use MetricKind::{Counter, DecimalCounter, Gauge, Histogram, UpDownCounter};
    const TO_COUNTER: &str = "make it a counter: `Metric::counter(…)`";
    const TO_HISTOGRAM: &str = "make it a histogram: `Metric::histogram(…)`";
    const TO_GAUGE: &str = "make it a gauge: `Metric::gauge(…)`";
    const TO_UP_DOWN: &str = "make it an up-down counter: `Metric::up_down_counter(…)`";
    const TO_TOKENS: &str = "make it a counter or a histogram: `Metric::counter(…)`";
    const TO_DECIMAL: &str = "make it a histogram or a decimal counter: `Metric::histogram(…)`, `Metric::decimal_counter(…)`";
    const TO_OTHER: &str = "make it a counter, a histogram or a gauge: `Metric::histogram(…)`";
    let (fits, remedy) = match class(measure) {
        Class::Ends | Class::Violations => (matches!(kind, Counter), TO_COUNTER),
        Class::Seconds if *measure == Measure::TimePerChunk => (matches!(kind, Histogram { .. }), TO_HISTOGRAM),
        Class::Seconds | Class::Money => (matches!(kind, Histogram { .. } | DecimalCounter), TO_DECIMAL),
        Class::Now => (matches!(kind, UpDownCounter), TO_UP_DOWN),
        Class::Tokens => (matches!(kind, Counter | Histogram { .. }), TO_TOKENS),
        Class::Numbers => (!matches!(kind, UpDownCounter), TO_OTHER),
        Class::Callback => (matches!(kind, Gauge), TO_GAUGE),
    };
    let kind = match kind {
        Counter => "a counter",
        DecimalCounter => "a decimal counter",
        UpDownCounter => "an up-down counter",
        Gauge => "a gauge",
        Histogram { .. } => "a histogram",
    };
    (!fits).then(|| format!("{kind} can't measure {}; {remedy}", what(measure)))
}

fn amount(measure: &Measure) -> Option<String> {
    let (Measure::Tokens(amount) | Measure::Cost(amount) | Measure::Value(amount)) = measure else { return None };
    if amount.alternatives().any(<[_]>::is_empty) {
        return Some(format!("{} is the sum of no attributes; name those that it adds up", what(measure)));
    }
    let twice = |keys: &[Cow<'_, str>]| (1..keys.len()).find(|&i| keys[..i].contains(&keys[i])).map(|i| keys[i].to_string());
    if let Some(key) = amount.alternatives().find_map(twice) {
        return Some(format!("{} adds up `{key}` twice; name each attribute once", what(measure)));
    }
    let key = Amount::keys(amount).find(|key| !super::spans::is_key(key))?;
    Some(format!("{} is read from {key:?}, which is no attribute; expected a dotted name such as `store.bytes`", what(measure)))
}

/// Whether single measurements can be told, where the metric wants it.
fn told(metric: &Metric, measure: &Measure) -> Option<String> {
    let event = metric.event.as_ref()?;
    matches!(class(measure), Class::Now | Class::Violations | Class::Callback).then(|| {
        format!("{} is no measurement of a span at its end, which `{event}` could tell; leave out `.event(…)`", what(measure))
    })
}
