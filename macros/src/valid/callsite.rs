//! What stands in the callsite's metadata: `name`, `level`, `target`; and words in places that take none.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Lit};

use super::text::is_in_body;
use crate::{
    args::{Args, krate, literal, word},
    errors::Errors,
    model::Name,
};

pub(crate) fn name(args: &mut Args, errors: &mut Errors) -> Name {
    let Some(given) = args.name.take().map(|given| given.value) else { return Name::Contract };
    match (literal(&given), word(&given)) {
        (Some(Lit::Str(text)), _) if text.value().trim().is_empty() => {
            errors.at(text, "`name` is empty; leave it out for the contract's name");
        }
        (Some(Lit::Str(text)), _) => return Name::Literal(text.clone()),
        (_, Some((word, _))) if word == "conventional" => return Name::Conventional,
        _ => errors.at(&given, "`name` is a string literal, or the word `conventional` for `{operation} {model}`"),
    }
    Name::Contract
}

pub(crate) fn level(args: &mut Args, errors: &mut Errors) -> TokenStream {
    let krate = krate(args);
    let level = |name: &str| {
        let name = quote::format_ident!("{name}");
        quote!(#krate::__private::Level::#name)
    };
    let Some(given) = args.level.take().map(|given| given.value) else { return level("INFO") };
    let named = match literal(&given) {
        Some(Lit::Str(text)) => LEVELS.into_iter().find(|level| level.eq_ignore_ascii_case(&text.value())),
        Some(Lit::Int(number)) => {
            number.base10_parse::<usize>().ok().and_then(|number| LEVELS.get(number.checked_sub(1)?).copied())
        }
        Some(_) => None,
        None => match &given {
            Expr::Path(_) | Expr::Group(_) => return quote!(#given),
            _ => None,
        },
    };
    level(named.unwrap_or_else(|| {
        errors.at(&given, "no level; write `\"trace\"`, `\"debug\"`, `\"info\"`, `\"warn\"`, `\"error\"`, 1 to 5, or a path to a `tracing::Level`");
        "INFO"
    }))
}

/// In the order of their numbers.
const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

pub(crate) fn target(args: &mut Args, errors: &mut Errors) -> Option<Expr> {
    let given = args.target.take()?.value;
    match (literal(&given), &given) {
        (Some(Lit::Str(text)), _) if text.value().is_empty() => {
            errors.at(text, "`target` is empty; leave it out for the module's path");
        }
        (Some(Lit::Str(_)), _) | (None, Expr::Path(_) | Expr::Group(_)) if !is_in_body(&given) => return Some(given),
        _ => {
            errors.at(&given, "`target` is a string literal, or a path to a `&'static str` constant: it is part of the callsite");
        }
    }
    None
}

/// `in_body` where nothing can be told in the body.
pub(crate) fn no_words(args: &Args, errors: &mut Errors) {
    let places = [("parent", &args.parent), ("follows_from", &args.follows_from), ("error_type", &args.error_type)];
    for (name, slot) in places {
        if let Some(given) = slot.get().filter(|given| is_in_body(given)) {
            errors.at(given, format_args!("`{name}` can't be told in the body; only `usage` and `model` can"));
        }
    }
}
