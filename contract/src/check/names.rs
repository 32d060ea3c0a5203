//! Keys of the checked namespaces that no contract knows, and that look like one it does.

use super::Case;
use crate::{Contract, Contracts, Finding, FindingKind, known_attributes, suggest};

/// The namespaces in which an unknown key is a suspect.
const NAMESPACES: [&str; 2] = ["llm.", "gen_ai."];

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let Some(contract) = case.applying.first() else { return Vec::new() };
    case.span
        .records()
        .filter_map(|(key, value)| {
            let meant = misspelt(case.contracts, key)?;
            let message = format!("`{key}` is no attribute of the contract; did you mean `{meant}`?");
            let finding = Finding::new(FindingKind::UnknownAttribute, contract.name.clone(), message);
            Some(finding.about(key.to_owned()).shown_by(key.to_owned(), value).help(format!("record it as `{meant}`")))
        })
        .collect()
}

/// The key that an unknown one of the checked namespaces most likely means.
///
/// Compares what follows the namespace: all keys share that prefix, which would make everything near.
pub(crate) fn misspelt<'c>(contracts: &'c Contracts, key: &str) -> Option<&'c str> {
    if !NAMESPACES.iter().any(|namespace| key.starts_with(namespace)) {
        return None;
    }
    let active = contracts.iter().flat_map(Contract::attributes);
    let stated: Vec<&str> = active.chain(known_attributes()).map(|attribute| attribute.key.as_ref()).collect();
    let deprecated = || contracts.iter().flat_map(Contract::deprecated).any(|(old, _)| old == key);
    if stated.contains(&key) || deprecated() {
        return None;
    }
    let (namespace, rest) = key.split_once('.')?;
    let in_namespace = || stated.iter().filter_map(|known| Some((*known, known.strip_prefix(namespace)?.strip_prefix('.')?)));
    let meant = suggest::nearest(rest, in_namespace().map(|(_, rest)| rest))?;
    in_namespace().find(|(_, rest)| *rest == meant).map(|(known, _)| known)
}
