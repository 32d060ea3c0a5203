//! Compares what was seen of a span with the active contracts: one rule family a file, each returns findings.

mod deprecation;
mod duplicates;
mod names;
mod presence;
mod relations;
mod usage;
mod values;

pub(crate) use names::misspelt;

use crate::{Contract, Contracts, Finding, FindingKind, Observed};

/// A span under check: the contracts that apply to it, and what is known of it.
struct Case<'c> {
    contracts: &'c Contracts,
    applying: Vec<&'c Contract>,
    span: &'c Observed<'c>,
}

pub(crate) fn check(contracts: &Contracts, span: &Observed<'_>) -> Vec<Finding> {
    let applying: Vec<_> = contracts.iter().filter(|contract| contract.applies_to(span)).collect();
    if applying.is_empty() {
        return Vec::new();
    }
    let case = Case { contracts, applying, span };
    let families =
        [presence::check, usage::check, values::check, relations::check, duplicates::check, names::check, deprecation::check];
    let mut findings: Vec<Finding> = families.into_iter().flat_map(|family| family(&case)).collect();
    one_finding_a_matter(&mut findings);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings
}

/// Two contracts that state the same attribute complain of the same thing: the first one's complaint stands.
fn one_finding_a_matter(findings: &mut Vec<Finding>) {
    let matter = |finding: &Finding| match finding.kind {
        FindingKind::BrokenRelation => (finding.kind, finding.message.clone()),
        kind => (kind, finding.attribute.clone().unwrap_or_default().into_owned()),
    };
    let mut seen = std::collections::HashSet::new();
    findings.retain(|finding| seen.insert(matter(finding)));
}
