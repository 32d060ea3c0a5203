//! Which spans are meant: that some can be.

use std::borrow::Cow;

use crate::{Condition, Measure, Metric, OperationSet, Selector, Spans};

pub(super) fn wrong(metric: &Metric) -> Option<String> {
    let is_of_none = metric.points.iter().any(|point| matches!(point.measure, Measure::Callback | Measure::Violations));
    if is_of_none {
        let why = "what is told by a callback, and violations, are measured of no span";
        return (!metric.spans.is_empty()).then(|| format!("{why}; leave out `.of…` and `.only…`"));
    }
    if metric.spans.is_empty() {
        return Some("it measures no span; say which: `.of(Spans::all())` for every one".into());
    }
    metric.spans.iter().find_map(wrong_spans).or_else(|| no_chunks(metric))
}

fn wrong_spans(spans: &Spans) -> Option<String> {
    if spans.selectors.is_empty() && !spans.is_every {
        return Some("it measures spans of a list that is empty; name one, or say `Spans::all()` for every one".into());
    }
    for selector in &spans.selectors {
        match selector {
            Selector::Name(name) if name.trim().is_empty() => {
                return Some("it measures spans without a name, which there are none of; give the name of the span".into());
            }
            Selector::Name(name) if spans.except.contains(name) => {
                return Some(format!("it measures spans `{name}`, and excepts them; leave out one of the two"));
            }
            Selector::Attribute(key) if !is_key(key) => return Some(no_key(key)),
            _ => {}
        }
    }
    if spans.operations == Some(OperationSet::NONE) {
        return Some("it measures calls of no operation; name one: `OperationSet::GENERATION`".into());
    }
    let conditions = &spans.conditions;
    conditions.iter().find_map(wrong_condition).or_else(|| conditions.iter().find_map(|one| contradicted(one, conditions)))
}

fn wrong_condition(condition: &Condition) -> Option<String> {
    let key = &condition.key;
    if !is_key(key) {
        return Some(no_key(key));
    }
    (condition.values.is_empty() && !condition.is_any).then(|| {
        let remedy = format!("name one, or say `.only_with({key:?})` where any value will do");
        format!("`{key}` must say one of a list of values that is empty; {remedy}")
    })
}

/// What must say two things at once never does.
fn contradicted(one: &Condition, all: &[Condition]) -> Option<String> {
    let others = || all.iter().filter(|other| other.key == one.key && !other.values.is_empty());
    let is_met = |value: &Cow<'_, str>| others().all(|other| other.values.contains(value));
    let is_never = !one.values.is_empty() && !one.values.iter().any(is_met);
    is_never
        .then(|| format!("the conditions on `{}` have no value in common; say all its values in one `.only_where(…)`", one.key))
}

/// Chunks are those of streamed calls. A call may have any name, but its attributes are those of calls.
fn no_chunks(metric: &Metric) -> Option<String> {
    let is_of_chunks = metric.points.iter().any(|point| point.measure == Measure::TimePerChunk);
    let may_be_call = |selector: &Selector| match selector {
        Selector::Attribute(key) => key.starts_with("gen_ai.") || key.starts_with("llm."),
        _ => true,
    };
    let may_be_calls = |spans: &Spans| spans.operations.is_some() || spans.is_every || spans.selectors.iter().any(may_be_call);
    (is_of_chunks && !metric.spans.iter().any(may_be_calls))
        .then(|| "only calls have chunks, and it measures spans that are none; say `.of_calls(OperationSet::GENERATION)`".into())
}

fn no_key(key: &str) -> String {
    format!("spans are chosen by {key:?}, which is no attribute; expected a dotted name such as `store.backend`")
}

/// Whether it may be the key of an attribute.
pub(super) fn is_key(key: &str) -> bool {
    !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || c.is_control())
}
