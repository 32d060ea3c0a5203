//! Values of arguments.

use proc_macro2::Span;
use syn::{Expr, ExprLit, ExprPath, Ident, Lit, Token, ext::IdentExt as _, parse::ParseStream};

use super::Key;

/// `= expression`.
pub(crate) fn expression(key: &Key, input: ParseStream<'_>) -> syn::Result<Expr> {
    equals(key, input)?;
    if input.peek(Token![%]) || input.peek(Token![?]) {
        let name = key.text();
        let message = format_args!("`{name}` takes an expression as it is; `%` and `?` are for `fields(…)`");
        return Err(input.error(message));
    }
    input.parse()
}

/// `=`, with something after it.
pub(crate) fn equals(key: &Key, input: ParseStream<'_>) -> syn::Result<()> {
    let equals = input.parse::<Option<Token![=]>>()?;
    if equals.is_some() && !input.is_empty() && !input.peek(Token![,]) {
        return Ok(());
    }
    let name = key.text();
    Err(syn::Error::new_spanned(key, format_args!("`{name}` has no value; write `{name} = …`")))
}

/// `= path`, also in quotes; `crate` and `super` may stand in it.
pub(crate) fn path(key: &Key, input: ParseStream<'_>) -> syn::Result<syn::Path> {
    equals(key, input)?;
    if let Ok(quoted) = input.fork().parse::<syn::LitStr>() {
        input.parse::<syn::LitStr>()?;
        return quoted.parse_with(syn::Path::parse_mod_style);
    }
    let refuse = |error: syn::Error| syn::Error::new(error.span(), "`crate` is a path; write `crate = my_crate::llm_span`");
    input.call(syn::Path::parse_mod_style).map_err(refuse)
}

/// An expression without the groups that macros put around it. Parentheses stay: with them a word is an expression.
pub(crate) fn ungroup(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) if group.attrs.is_empty() => ungroup(&group.expr),
        other => other,
    }
}

/// The literal that an expression is.
pub(crate) fn literal(expr: &Expr) -> Option<&Lit> {
    match ungroup(expr) {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

/// The single word that an expression is.
pub(crate) fn word(expr: &Expr) -> Option<(String, Span)> {
    match ungroup(expr) {
        Expr::Path(ExprPath { qself: None, path, .. }) => {
            path.get_ident().map(|word: &Ident| (word.unraw().to_string(), word.span()))
        }
        _ => None,
    }
}
