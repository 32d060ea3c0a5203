//! `kind`: whether a call leaves the process.

use llm_span_contract::{Operation, SpanKind};
use syn::Lit;

use crate::{
    args::{Args, literal},
    errors::Errors,
};

/// The kind that was given, if it is right.
pub(crate) fn given(args: &mut Args, operation: Option<Operation>, errors: &mut Errors) -> Option<SpanKind> {
    let given = args.kind.take()?.value;
    let Some(Lit::Str(text)) = literal(&given) else {
        errors.at(&given, KINDS);
        return None;
    };
    let Some(kind) = named(&text.value()) else {
        match Operation::from_name(&text.value()) {
            Some(meant) => errors.at(text, format_args!("{KINDS}; did you mean `operation = \"{meant}\"`?")),
            None => errors.at(text, KINDS),
        }
        return None;
    };
    if kind == SpanKind::Client {
        let always_internal = operation.filter(|operation| operation.span_kind() == SpanKind::Internal);
        if let Some(operation) = always_internal {
            errors.at(
                text,
                format_args!(
                    "`{operation}` runs in this process; remove `kind`: the requests that it makes are calls of their own"
                ),
            );
        } else if operation == Some(Operation::InvokeAgent) && !args.is_written("provider") {
            errors
                .at(text, "an agent outside of this process has a provider; add `provider = …`, which makes the call a client's");
        }
    }
    Some(kind)
}

const KINDS: &str = "`kind` is `\"client\"` for a call that leaves the process, or `\"internal\"` for one that does not";

/// Whether the operation was given by this name.
pub(crate) fn is_operation(args: &Args) -> bool {
    match args.kind.get().and_then(literal) {
        Some(Lit::Str(text)) => Operation::from_name(&text.value()).is_some(),
        _ => false,
    }
}

/// The kind of that name.
pub(crate) fn named(text: &str) -> Option<SpanKind> {
    [SpanKind::Client, SpanKind::Internal].into_iter().find(|kind| kind.name() == text)
}

/// The kind of a call's span. An agent that no provider runs is run in this process.
pub(crate) fn of(operation: Operation, given: Option<SpanKind>, has_provider: bool) -> SpanKind {
    given.unwrap_or(match operation {
        Operation::InvokeAgent if !has_provider => SpanKind::Internal,
        operation => operation.span_kind(),
    })
}
