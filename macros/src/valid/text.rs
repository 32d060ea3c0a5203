//! `provider` and `model`, which calls of models must name, and the ids of what a call belongs to.

use llm_span_contract::{Operation, provider::NAMES};
use quote::ToTokens;
use syn::{Expr, Ident, Lit};

use super::fits;
use crate::{
    args::{Args, Slot, literal, word},
    errors::Errors,
    model::{Requested, Text},
};

/// `None` where something is wrong with it; `Some(None)` where it need not be given.
#[expect(clippy::option_option, reason = "wrong, absent, given")]
pub(crate) fn provider(
    args: &mut Args,
    operation: Option<Operation>,
    place: Option<&Ident>,
    errors: &mut Errors,
) -> Option<Option<Text>> {
    let Some(given) = args.provider.take() else {
        if !demanded(args, "provider", operation) {
            return Some(None);
        }
        if let Some(place) = place.filter(|_| !args.tried("provider")) {
            let known = NAMES.join(", ");
            errors.at(
                place,
                format_args!("missing required argument `provider`\n\nhelp: add it: `#[llm_span(provider = \"openai\", …)]`; known providers: {known}"),
            );
        }
        return None;
    };
    if !fits::check("provider", &given.key, operation, errors) {
        return None;
    }
    if is_in_body(&given.value) {
        errors.at(&given.value, "`provider` can't be told in the body: samplers and dashboards need it at the start; name it, or give an expression over the arguments");
        return None;
    }
    text("provider", given.value, errors).map(Some)
}

pub(crate) fn model(
    args: &mut Args,
    operation: Option<Operation>,
    place: Option<&Ident>,
    errors: &mut Errors,
) -> Option<Requested> {
    let Some(given) = args.model.take() else {
        if !demanded(args, "model", operation) {
            return Some(Requested::Absent);
        }
        if let Some(place) = place.filter(|_| !args.tried("model")) {
            errors.at(
                place,
                "missing required argument `model`\n\nhelp: add it: `#[llm_span(model = \"gpt-4o\", …)]`, an expression over the arguments \
                 (`model = request.model`), or `model = in_body` with `llm_span::record_model` in the body",
            );
        }
        return None;
    };
    if !fits::check("model", &given.key, operation, errors) {
        return None;
    }
    if is_in_body(&given.value) { Some(Requested::InBody) } else { text("model", given.value, errors).map(Requested::Given) }
}

/// Whether the argument must be there. What an operation demands that was misspelt is not known.
fn demanded(args: &Args, name: &str, operation: Option<Operation>) -> bool {
    match operation {
        Some(operation) => fits::required(name).contains(operation),
        None => !args.tried("operation") && !args.is_written("operation"),
    }
}

/// `conversation`, `session`, `user`: texts, or `Option`s of texts.
pub(crate) fn id(slot: &mut Slot<Expr>, name: &str, errors: &mut Errors) -> Option<Text> {
    let given = slot.take()?.value;
    if is_in_body(&given) {
        errors.at(&given, format_args!("`{name}` can't be told in the body; only `usage` and `model` can"));
        return None;
    }
    text(name, given, errors)
}

pub(crate) fn is_in_body(expr: &Expr) -> bool {
    word(expr).is_some_and(|(word, _)| word == "in_body")
}

pub(crate) fn text(name: &str, given: Expr, errors: &mut Errors) -> Option<Text> {
    match literal(&given) {
        None => Some(Text::Expr(given)),
        Some(Lit::Str(text)) if !text.value().trim().is_empty() => Some(Text::Literal(text.clone())),
        Some(Lit::Str(text)) => {
            errors.at(text, format_args!("`{name}` is empty; a dashboard could not tell it from a missing one"));
            None
        }
        Some(other) => {
            errors.at(
                other,
                format_args!("`{name}` is text; write `{name} = \"{}\"`, or an expression over the arguments", plain(other)),
            );
            None
        }
    }
}

/// A literal without its quotes.
fn plain(literal: &Lit) -> String {
    let tokens = literal.to_token_stream().to_string();
    tokens.trim_start_matches(['b', 'c']).trim_matches(['"', '\'']).to_owned()
}
