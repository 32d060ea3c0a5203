//! Keys of the checked namespaces that no contract knows, and that look like one it does.

use super::Case;
use crate::{Contract, Finding, FindingKind, known_attributes, suggest};

/// The namespaces in which an unknown key is a suspect.
const NAMESPACES: [&str; 2] = ["llm.", "gen_ai."];

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let Some(contract) = case.applying.first() else { return Vec::new() };
    let stated = || {
        let active = case.contracts.iter().flat_map(Contract::attributes);
        active.chain(known_attributes()).map(|attribute| attribute.key.as_ref())
    };
    let suspects = case.span.records().filter(|(key, _)| NAMESPACES.iter().any(|namespace| key.starts_with(namespace)));
    suspects
        .filter(|(key, _)| !stated().any(|known| known == *key))
        .filter_map(|(key, value)| {
            let meant = misspelt(key, stated())?;
            let message = format!("`{key}` is no attribute of the contract; did you mean `{meant}`?");
            let finding = Finding::new(FindingKind::UnknownAttribute, contract.name.clone(), message);
            Some(finding.about(key.to_owned()).shown_by(key.to_owned(), value).help(format!("record it as `{meant}`")))
        })
        .collect()
}

/// Compares what follows the namespace: all keys share that prefix, which would make everything near.
fn misspelt<'k>(key: &str, stated: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let (namespace, rest) = key.split_once('.')?;
    let in_namespace = stated.filter_map(|known| Some((known, known.strip_prefix(namespace)?.strip_prefix('.')?)));
    let candidates: Vec<_> = in_namespace.collect();
    let meant = suggest::nearest(rest, candidates.iter().map(|(_, rest)| *rest))?;
    candidates.iter().find(|(_, rest)| *rest == meant).map(|(known, _)| *known)
}
