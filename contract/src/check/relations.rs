//! Attributes of one span agree with each other.

use std::borrow::Cow;

use super::Case;
use crate::{Contract, Finding, FindingKind, Observed, Relation, Value, keys, provider, shown};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    case.applying
        .iter()
        .flat_map(|contract| contract.relations().iter().filter_map(|relation| check_relation(contract, relation, case.span)))
        .collect()
}

fn check_relation(contract: &Contract, relation: &Relation, span: &Observed<'_>) -> Option<Finding> {
    match relation {
        Relation::Sum { total, parts } => sum(contract, span, total, parts),
        Relation::Equal(a, b) => differ(contract, span, (a, b), |a, b| a == b),
        Relation::SameProvider(a, b) => differ(contract, span, (a, b), |a, b| match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => provider::same(a, b),
            _ => true,
        }),
        Relation::PartOf { part, whole } => {
            let (p, w) = (span.get(part)?.as_int()?, span.get(whole)?.as_int()?);
            (p > w).then(|| {
                let message = format!("`{part}` is {p}, more than `{whole}`, which is {w}");
                broken(contract, span, part, [part, whole], message)
                    .help(format!("`{whole}` includes `{part}`; record the whole, parts are never added to it again"))
            })
        }
    }
}

fn sum(contract: &Contract, span: &Observed<'_>, total: &str, parts: &[Cow<'static, str>]) -> Option<Finding> {
    let observed = span.get(total)?.as_int()?;
    let numbers: Option<Vec<i64>> = parts.iter().map(|part| span.get(part)?.as_int()).collect();
    let expected = numbers?.into_iter().try_fold(0_i64, i64::checked_add);
    if expected == Some(observed) {
        return None;
    }
    let names: Vec<_> = parts.iter().map(|part| part.rsplit('.').next().unwrap_or(part)).collect();
    let expected = expected.map_or_else(|| "too large for an int".into(), |sum| sum.to_string());
    let message = format!("`{total}` is {observed}, {} is {expected}", names.join(" + "));
    let keys = parts.iter().map(AsRef::as_ref).chain(std::iter::once(total));
    let help = if total == keys::LLM_TOKENS_TOTAL {
        "record prompt and completion; the total is derived".to_owned()
    } else {
        format!("`{total}` is the sum of its parts")
    };
    Some(broken(contract, span, total, keys, message).help(help))
}

fn differ(
    contract: &Contract,
    span: &Observed<'_>,
    (a, b): (&Cow<'static, str>, &Cow<'static, str>),
    agree: impl Fn(&Value<'_>, &Value<'_>) -> bool,
) -> Option<Finding> {
    let (left, right) = (span.get(a)?, span.get(b)?);
    (!agree(left, right)).then(|| {
        let message = format!("`{a}` is {}, `{b}` is {}", shown(a, left), shown(b, right));
        broken(contract, span, a, [a.as_ref(), b.as_ref()], message).help(format!("`{a}` says what `{b}` says"))
    })
}

fn broken<'k>(
    contract: &Contract,
    span: &Observed<'_>,
    about: &str,
    shown: impl IntoIterator<Item = impl AsRef<str> + 'k>,
    message: String,
) -> Finding {
    let finding = Finding::new(FindingKind::BrokenRelation, contract.name.clone(), message).about(about.to_owned());
    shown.into_iter().fold(finding, |finding, key| match span.get(key.as_ref()) {
        Some(value) => finding.shown_by(key.as_ref().to_owned(), value),
        None => finding,
    })
}
