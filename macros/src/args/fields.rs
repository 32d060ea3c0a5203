//! `fields(key = value, dotted.key = %value, "quoted key" = ?value, declared_empty)`.

use std::ops::ControlFlow;

use syn::{Expr, Token, parse::ParseStream};

use super::{Key, recover, value};
use crate::errors::Errors;

/// How a value is recorded, as `tracing` marks it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sigil {
    /// As it is.
    None,
    /// `%`: by `Display`.
    Display,
    /// `?`: by `Debug`.
    Debug,
}

/// A field of the user's own.
pub(crate) struct FieldArg {
    pub(crate) key: Key,
    /// `None`: declared, to be recorded later.
    pub(crate) value: Option<(Sigil, Expr)>,
}

pub(crate) fn parse(key: &Key, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<FieldArg>> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new_spanned(key, "`fields` has no list; write `fields(key = value, …)`"));
    }
    let content;
    syn::parenthesized!(content in input);
    let mut fields = Vec::new();
    while !content.is_empty() {
        if let ControlFlow::Break(()) = step(&content, &mut fields, errors) {
            recover::rest(&content);
        }
    }
    Ok(fields)
}

/// One field and the comma after it.
fn step(content: ParseStream<'_>, fields: &mut Vec<FieldArg>, errors: &mut Errors) -> ControlFlow<()> {
    match field(content) {
        Ok(field) => fields.push(field),
        Err(error) => {
            errors.push(error);
            recover::to_next_argument(content);
        }
    }
    match content.parse::<Option<Token![,]>>() {
        Ok(Some(_)) => ControlFlow::Continue(()),
        Ok(None) if content.is_empty() => ControlFlow::Continue(()),
        _ => {
            errors.push(content.error("expected `,` between fields"));
            ControlFlow::Break(())
        }
    }
}

pub(super) fn field(input: ParseStream<'_>) -> syn::Result<FieldArg> {
    if input.peek(Token![%]) || input.peek(Token![?]) {
        return Err(input.error("a field has a key here; write `key = %value` or `key = ?value`"));
    }
    let key: Key = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(FieldArg { key, value: None });
    }
    value::equals(&key, input)?;
    let sigil = if input.parse::<Option<Token![%]>>()?.is_some() {
        Sigil::Display
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        Sigil::Debug
    } else {
        Sigil::None
    };
    Ok(FieldArg { key, value: Some((sigil, input.parse()?)) })
}
