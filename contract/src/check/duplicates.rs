//! An attribute is recorded once: exporters send every record.

use super::Case;
use crate::{Finding, FindingKind, shown};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for contract in &case.applying {
        for attribute in contract.attributes() {
            let mut records = case.span.records().filter(|(key, _)| *key == attribute.key).map(|(_, value)| value);
            let Some(first) = records.next() else { continue };
            if let Some(other) = records.find(|value| *value != first) {
                let key = &attribute.key;
                let message = format!("`{key}` was recorded as {}, then as {}", shown(key, first), shown(key, other));
                let finding = Finding::new(FindingKind::DuplicateRecord, contract.name.clone(), message).about(key.clone());
                findings.push(finding.help("record it once, when its last value is known: exporters send both"));
            }
        }
    }
    findings
}
