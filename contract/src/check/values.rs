//! Recorded values are of the contract's type, not empty, and in its range or set.

use super::Case;
use crate::{Attribute, AttributeType, Contract, Finding, FindingKind, Level, Metric, Value, Values, decimal, shown, suggest};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for contract in &case.applying {
        for attribute in contract.attributes() {
            if let Some(value) = case.span.get(&attribute.key) {
                findings.extend(check_value(contract, attribute, value));
            }
        }
    }
    findings
}

fn check_value(contract: &Contract, attribute: &Attribute, value: &Value<'_>) -> Option<Finding> {
    let (key, ty, told) = (&attribute.key, attribute.ty, shown(&attribute.key, value));
    let finding =
        |kind, message| Finding::new(kind, contract.name.clone(), message).about(key.clone()).shown_by(key.clone(), value);
    if !ty.admits(value) {
        let message = format!("`{key}` is of type {}, expected {ty}", value.type_name());
        let mut found = finding(FindingKind::WrongType, message).help(type_help(ty, value));
        if ty == AttributeType::Int && value.as_count().is_some() {
            found.level = Level::Improvement; // the number is read and counted; its export is what suffers
        }
        return Some(found);
    }
    if matches!(value, Value::Str(text) if text.trim().is_empty()) {
        let message = format!("`{key}` is empty");
        return Some(
            finding(FindingKind::EmptyValue, message).help(format!("record what is meant, for example `{}`", attribute.example)),
        );
    }
    match &attribute.values {
        Values::NonNegative => {
            let (wrong, help) = out_of_range(contract, key, value)?;
            Some(finding(FindingKind::OutOfRange, format!("`{key}` is {told}, {wrong}")).help(help))
        }
        Values::OneOf(allowed) if !allowed.iter().any(|one| Some(one.as_ref()) == value.as_str()) => {
            let message = format!("`{key}` is {told}, which is not allowed");
            let list: Vec<_> = allowed.iter().map(|one| format!("`{one}`")).collect();
            Some(finding(FindingKind::ValueNotAllowed, message).help(format!("use one of {}", list.join(", "))))
        }
        Values::Known(known) => {
            let text = value.as_str()?;
            let names = || known.iter().map(AsRef::as_ref);
            if names().any(|name| name == text) {
                return None;
            }
            let meant = suggest::nearest(text, names())?;
            let message = format!("`{key}` is {told}, which looks like `{meant}`");
            Some(
                finding(FindingKind::UnknownValue, message)
                    .help(format!("write `{meant}`; any other name is allowed if it is meant")),
            )
        }
        _ => None,
    }
}

/// What is wrong with a number that can't be below 0, and what to do about it.
fn out_of_range(contract: &Contract, key: &str, value: &Value<'_>) -> Option<(&'static str, &'static str)> {
    const COUNT: &str = "a count that is not known is left out, never negative; it was not added to a counter";
    const AMOUNT: &str = "what is not known is left out; it was not measured";
    match value {
        Value::Int(number) if *number < 0 => Some(("it can't be below 0", COUNT)),
        Value::Double(number) if *number < 0.0 => Some(("it can't be below 0", AMOUNT)),
        Value::Double(number) if !number.is_finite() => Some(("it must be a finite number", AMOUNT)),
        Value::Int(_) | Value::Double(_) if is_added_up(contract, key) && number(value) > decimal::MAX => {
            Some(("too large for an amount", AMOUNT))
        }
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is compared with a billion")]
fn number(value: &Value<'_>) -> f64 {
    match value {
        Value::Int(number) => *number as f64,
        Value::Double(number) => *number,
        _ => 0.0,
    }
}

/// Whether a metric of the contract adds up what the attribute says.
fn is_added_up(contract: &Contract, key: &str) -> bool {
    contract.metrics().iter().flat_map(Metric::decimals).any(|of| of == key)
}

fn type_help(ty: AttributeType, value: &Value<'_>) -> String {
    match (ty, value) {
        (AttributeType::Int, Value::UInt(_)) => {
            "record it as `i64`: tracing-opentelemetry exports unsigned fields as text".into()
        }
        (AttributeType::Int, Value::Double(_)) => "record the count as `i64`".into(),
        (AttributeType::Int, Value::Str(_)) => {
            "record the number as `i64`, not its text; `%value` and `?value` record text".into()
        }
        (AttributeType::String, _) => "record text".into(),
        (AttributeType::StringArray, _) => r#"record the text of a JSON array: `["stop"]`"#.into(),
        _ => format!("record a value of type {ty}"),
    }
}
