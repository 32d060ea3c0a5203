//! The arguments that stand for an attribute each: do they fit, and do their values?

use llm_span_contract::{ARGUMENTS, Argument, Operation, SpanKind, known_attribute};
use syn::Ident;

use super::{fits, text::is_in_body, value};
use crate::{
    args::{Args, AttributeArg, Sigil},
    errors::Errors,
    model::Extra,
};

/// What was given, in the order written.
pub(crate) fn checked(
    args: &mut Args,
    operation: Option<Operation>,
    kind: Option<SpanKind>,
    place: Option<&Ident>,
    errors: &mut Errors,
) -> Vec<Extra> {
    let given = std::mem::take(&mut args.attributes);
    missing(args, operation, &given, place, errors);
    let right = |given: AttributeArg| {
        let name = given.argument.name;
        if !fits::check(name, &given.key, operation, errors) || !has_server(&given, operation, kind, errors) {
            return None;
        }
        if is_in_body(&given.value) {
            errors.at(&given.value, format_args!("`{name}` can't be told in the body; only `usage` and `model` can"));
            return None;
        }
        let key = given.argument.key;
        let label = value::Label { name, as_argument: true };
        let value = value::checked(&label, known_attribute(key), Sigil::None, given.value, errors)?;
        Some(Extra { key: key.to_owned(), value })
    };
    given.into_iter().filter_map(right).collect()
}

/// What the operation can't do without.
fn missing(args: &Args, operation: Option<Operation>, given: &[AttributeArg], place: Option<&Ident>, errors: &mut Errors) {
    let (Some(operation), Some(place)) = (operation, place) else { return };
    for Argument { name, key, .. } in ARGUMENTS.iter().filter(|argument| argument.required.contains(operation)) {
        if args.tried(name) || given.iter().any(|given| given.argument.name == *name) {
            continue;
        }
        let example = known_attribute(key).map_or("…", |attribute| &*attribute.example);
        errors.at(
            place,
            format_args!(
                "missing required argument `{name}`\n\nhelp: add it: `#[llm_span(operation = \"{operation}\", {name} = \"{example}\")]`, or an expression over the arguments"
            ),
        );
    }
}

/// A call inside the process asks no server.
fn has_server(given: &AttributeArg, operation: Option<Operation>, kind: Option<SpanKind>, errors: &mut Errors) -> bool {
    let Argument { name, key, .. } = given.argument;
    if !key.starts_with("server.") || kind != Some(SpanKind::Internal) {
        return true;
    }
    let remedy = match operation {
        Some(Operation::InvokeAgent) => "remove it, or name the `provider` that runs the agent",
        _ => "remove it, or remove `kind`",
    };
    errors.at(&given.key, format_args!("`{name}` does not fit a call inside of this process, which asks no server; {remedy}"));
    false
}
