//! What is wrong with what a capture has seen.

use std::sync::Arc;

use llm_span_contract::{Contract, Finding, FindingKind, SetAt};

use super::{
    Calls, CapturedSpan,
    absence::why_nothing_was_seen,
    calls::subject_to,
    contract_report::{ContractFinding, ContractReport},
    place::Place,
    snapshot::Snapshot,
    store::Loss,
};
use crate::layer::outside_call;

/// What findings carry that no contract makes.
const NO_CONTRACT: &str = "llm-span";

/// Checks all that was seen so far.
pub(super) fn check(calls: &Calls) -> ContractReport {
    let contracts = &calls.settings.contracts;
    let snapshot = calls.snapshot();
    let checked = subject_to(contracts, &snapshot);
    let mut findings: Vec<ContractFinding> = checked.iter().flat_map(of_span).collect();
    if checked.is_empty() {
        findings.push(nothing_seen(calls, &snapshot));
    }
    findings.extend(snapshot.seen.losses.iter().map(lost));
    ContractReport { contracts: contracts.clone(), spans: checked.len(), findings }
}

/// The findings of one call, gravest first.
fn of_span(span: &CapturedSpan) -> Vec<ContractFinding> {
    let contracts = &span.snapshot().settings.contracts;
    let observed = span.data().observed();
    let mut findings = contracts.check(&observed);
    if span.outcome().is_none() {
        // What a call records at its end can't be there yet.
        let at_end = |finding: &Finding| {
            let stated = contracts.iter().filter_map(|contract| contract.attribute(finding.attribute.as_deref()?));
            finding.kind == FindingKind::MissingAttribute && stated.into_iter().all(|attribute| attribute.set == SetAt::End)
        };
        findings.retain(|finding| !at_end(finding));
        let contract = contracts.iter().find(|contract| contract.applies_to(&observed)).map(Contract::name);
        findings.insert(0, never_closed(contract.unwrap_or_default()));
    }
    let about = |finding| ContractFinding { place: span.place(), span: Some(span.clone()), finding, notes: Vec::new() };
    findings.into_iter().map(about).collect()
}

fn never_closed(contract: &str) -> Finding {
    Finding::new(
        FindingKind::NeverClosed,
        contract.to_owned(),
        "the call has not ended: no outcome is recorded, the span is open",
    )
    .help("await the call before this check; a span of your own ends when its guard and all clones are dropped")
}

fn nothing_seen(calls: &Calls, snapshot: &Arc<Snapshot>) -> ContractFinding {
    const MOST: usize = 8;
    let mut names: Vec<&str> = snapshot.seen.spans.iter().map(|span| span.metadata.name()).collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let more = if more > 0 { format!(", … and {more} more") } else { String::new() };
    let others = match snapshot.seen.spans.len() {
        0 => "no other span was seen either".to_owned(),
        1 => format!("1 other span was seen, not subject to a contract: {}", names.join(", ")),
        seen => format!("{seen} other spans were seen, none of them subject to a contract: {}{more}", names.join(", ")),
    };
    let found = |message| Finding::new(FindingKind::NoSpanSeen, NO_CONTRACT, message);
    let finding = match calls.settings.contracts.iter().next() {
        None => found("no contract is active: nothing was checked")
            .help("give the capture a contract: `capture_with(Contract::amtp())`"),
        Some(_) => found("no call was seen: nothing was checked").help(why_nothing_was_seen(calls).join("\n")),
    };
    let place = Place { function: Some("capture".to_owned()), ..Place::of_location(calls.opened_at) };
    ContractFinding { finding, span: None, place: Some(place), notes: vec![others] }
}

fn lost(loss: &Loss) -> ContractFinding {
    ContractFinding {
        finding: outside_call(loss.what),
        span: None,
        place: Some(Place::of_location(loss.location)),
        notes: Vec::new(),
    }
}
