//! Keys that have a successor. One that any active contract demands is never flagged.

use super::Case;
use crate::{Finding, FindingKind};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for contract in &case.applying {
        for (old, new) in contract.deprecated() {
            if case.span.get(old).is_none() || case.contracts.demand(old) {
                continue;
            }
            let (message, help) = match new {
                Some(new) => (format!("`{old}` is deprecated, its successor is `{new}`"), format!("record `{new}`")),
                None => (format!("`{old}` is deprecated and has no successor"), "leave it out".to_owned()),
            };
            let finding = Finding::new(FindingKind::DeprecatedAttribute, contract.name.clone(), message);
            findings.push(finding.about(old.to_owned()).help(help));
        }
    }
    findings
}
