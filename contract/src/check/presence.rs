//! Required attributes were recorded.

use super::Case;
use crate::{Attribute, Contract, Finding, FindingKind, Outcome, SetAt, keys};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let (operation, outcome) = (case.span.operation(), case.span.outcome());
    let has_invalid = case.span.get(keys::LLM_USAGE_INVALID).is_some();
    let is_other = case.span.names_other_operation();
    let required = |contract: &&Contract, attribute: &&Attribute| {
        if is_other {
            attribute.is_required_of_others(outcome, contract.is_strict())
        } else {
            attribute.is_required(operation, outcome, contract.is_strict())
        }
    };
    let absent = |attribute: &&Attribute| case.span.get(&attribute.key).is_none();
    case.applying
        .iter()
        .flat_map(|contract| {
            let attributes = contract.attributes().iter();
            attributes
                .filter(|attribute| required(contract, attribute))
                .filter(absent)
                .map(|attribute| finding(contract, attribute, outcome, has_invalid))
        })
        .collect()
}

fn finding(contract: &Contract, attribute: &Attribute, outcome: Outcome, has_invalid: bool) -> Finding {
    let key = &attribute.key;
    Finding::new(FindingKind::MissingAttribute, contract.name.clone(), format!("`{key}` was never recorded"))
        .about(key.clone())
        .help(help(attribute, outcome, has_invalid))
}

fn help(attribute: &Attribute, outcome: Outcome, has_invalid: bool) -> String {
    let key = &attribute.key;
    match key.as_ref() {
        keys::LLM_TOKENS_PROMPT
        | keys::LLM_TOKENS_COMPLETION
        | keys::LLM_TOKENS_TOTAL
        | keys::GEN_AI_USAGE_INPUT_TOKENS
        | keys::GEN_AI_USAGE_OUTPUT_TOKENS
            if outcome == Outcome::Ok =>
        {
            if has_invalid {
                return format!("`{}` says what came in place of counts", keys::LLM_USAGE_INVALID);
            }
            "the response carried no usage; ask for it (`stream_options.include_usage`) or say where it is: `usage = |r| …`"
                .into()
        }
        keys::ERROR_TYPE => "record which kind of error it was: `error_type = |e| …`, or `error.type` on the span".into(),
        _ => match attribute.set {
            SetAt::Creation => format!("set `{key}` when the span is created, {}", like(attribute)),
            SetAt::End => format!("record `{key}` before the call ends, {}", like(attribute)),
        },
    }
}

fn like(attribute: &Attribute) -> String {
    match (&attribute.example, attribute.ty) {
        (example, ty) if example.is_empty() => format!("as {ty}"),
        (example, ty) => format!("as {ty}, for example `{example}`"),
    }
}
