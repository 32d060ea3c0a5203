//! `provider` and `model`: required texts.

use llm_span_contract::provider::NAMES;
use quote::ToTokens;
use syn::{Expr, Ident, Lit};

use crate::{
    args::{Args, literal, word},
    errors::Errors,
    model::Text,
};

pub(crate) fn provider(args: &mut Args, place: Option<&Ident>, errors: &mut Errors) -> Option<Text> {
    let Some(given) = args.provider.take() else {
        if let Some(place) = place.filter(|_| !args.tried("provider")) {
            let known = NAMES.join(", ");
            errors.at(
                place,
                format_args!("missing required argument `provider`\n\nhelp: add it: `#[llm_span(provider = \"openai\", …)]`; known providers: {known}"),
            );
        }
        return None;
    };
    if is_in_body(&given.value) {
        errors.at(&given.value, "`provider` can't be told in the body: samplers and dashboards need it at the start; name it, or give an expression over the arguments");
        return None;
    }
    text("provider", given.value, errors)
}

/// `Some(None)` is `model = in_body`.
#[expect(clippy::option_option, reason = "absent, told in the body, given")]
pub(crate) fn model(args: &mut Args, place: Option<&Ident>, errors: &mut Errors) -> Option<Option<Text>> {
    let Some(given) = args.model.take() else {
        if let Some(place) = place.filter(|_| !args.tried("model")) {
            errors.at(
                place,
                "missing required argument `model`\n\nhelp: add it: `#[llm_span(model = \"gpt-4o\", …)]`, an expression over the arguments \
                 (`model = request.model`), or `model = in_body` with `llm_span::record_model` in the body",
            );
        }
        return None;
    };
    if is_in_body(&given.value) { Some(None) } else { text("model", given.value, errors).map(Some) }
}

pub(crate) fn is_in_body(expr: &Expr) -> bool {
    word(expr).is_some_and(|(word, _)| word == "in_body")
}

fn text(name: &str, given: Expr, errors: &mut Errors) -> Option<Text> {
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
