//! The counts that the provider sent were counts.

use super::Case;
use crate::{Finding, FindingKind, Value, keys};

/// More of what was wrong is not shown: the text may come from anywhere.
const SHOWN: usize = 200;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let invalid = case.span.get(keys::LLM_USAGE_INVALID).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let (Some(invalid), Some(contract)) = (invalid, case.applying.first()) else { return Vec::new() };
    let key = keys::LLM_USAGE_INVALID;
    let finding = Finding::new(FindingKind::InvalidUsage, contract.name.clone(), format!("`{key}`: {}", one_line(invalid)));
    vec![
        finding.about(key).help("such a count is left out, not guessed: read it where it is a number, or estimate it and say so"),
    ]
}

fn one_line(text: &str) -> String {
    let mut characters = text.trim().chars().map(|character| if character.is_control() { ' ' } else { character });
    let shown: String = characters.by_ref().take(SHOWN).collect();
    if characters.next().is_some() { shown + "…" } else { shown }
}
