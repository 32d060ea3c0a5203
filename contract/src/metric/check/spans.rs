//! Which spans are meant: that some can be.

use crate::{Measure, Metric, OperationSet, Selector, Spans};

pub(super) fn wrong(metric: &Metric) -> Option<String> {
    let is_of_none = metric.points.iter().any(|point| matches!(point.measure, Measure::Callback | Measure::Violations));
    if is_of_none {
        let why = "what is told by a callback, and violations, are measured of no span";
        return (!metric.spans.is_empty()).then(|| format!("{why}; leave out `.of…` and `.only…`"));
    }
    if metric.spans.is_empty() {
        return Some("it measures no span; say which: `.of(Spans::all())` for every one".into());
    }
    metric.spans.iter().find_map(wrong_spans)
}

fn wrong_spans(spans: &Spans) -> Option<String> {
    for selector in &spans.selectors {
        match selector {
            Selector::Name(name) if name.trim().is_empty() => {
                return Some("it measures spans without a name, which there are none of; give the name of the span".into());
            }
            Selector::Attribute(key) if !is_key(key) => return Some(no_key(key)),
            _ => {}
        }
    }
    if spans.operations == Some(OperationSet::NONE) {
        return Some("it measures calls of no operation; name one: `OperationSet::GENERATION`".into());
    }
    if let Some(condition) = spans.conditions.iter().find(|condition| !is_key(&condition.key)) {
        return Some(no_key(&condition.key));
    }
    // What must say two things at once never does.
    for (i, one) in spans.conditions.iter().enumerate() {
        for other in spans.conditions[..i].iter().filter(|other| other.key == one.key) {
            let is_open = one.values.is_empty() || other.values.is_empty();
            if !is_open && !one.values.iter().any(|value| other.values.contains(value)) {
                let key = &one.key;
                return Some(format!(
                    "two conditions on `{key}` have no value in common; say all its values in one `.only_where(…)`"
                ));
            }
        }
    }
    None
}

fn no_key(key: &str) -> String {
    format!("spans are chosen by {key:?}, which is no attribute; expected a dotted name such as `store.backend`")
}

/// Whether it may be the key of an attribute.
pub(super) fn is_key(key: &str) -> bool {
    !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || c.is_control())
}
