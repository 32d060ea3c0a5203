//! Where an error of the compiler's will stand: below what the user wrote, not below the whole attribute.
//!
//! Spans can't be joined on stable Rust, so one token of the user's is chosen. The location is moved and the resolution kept:
//! lints must go on to see that the code is generated.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Type};

use crate::shape::{bare, response};

/// The same tokens, standing at `place`.
pub(super) fn located(tokens: &TokenStream, place: Span) -> TokenStream {
    let moved = tokens.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    moved.collect()
}

/// Where an expression begins.
pub(super) fn first(expr: &Expr) -> Span {
    expr.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// The name in an expression that its type belongs to: `model` in `request.model`.
pub(super) fn name(expr: &Expr) -> Span {
    last_name(expr.to_token_stream())
}

/// The name of a response's type: `ChatResponse` in `Result<api::ChatResponse, Error>`.
pub(super) fn response_type(ty: &Type) -> Span {
    match bare(response(ty)) {
        Type::Path(path) => path.path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span()),
        other => last_name(other.to_token_stream()),
    }
}

/// The last name at the top, or the first token.
fn last_name(tokens: TokenStream) -> Span {
    let mut place = None;
    for token in tokens {
        if place.is_none() || matches!(token, TokenTree::Ident(_)) {
            place = Some(token.span());
        }
    }
    place.unwrap_or_else(Span::call_site)
}
