//! Model → tokens. Nothing can fail here.
//!
//! Every function gets the same three parts, `place` (its callsite), `start` and `settle`, around a body that each shape
//! runs in its own way. Names of locals are hygienic; items are not, so the one static is named as nobody names theirs.

mod asynchronous;
mod blame;
mod body;
mod boxed;
mod future;
mod place;
mod preset;
mod reads;
mod settle;
mod start;
mod sync;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{ReturnType, Type};

use crate::{
    model::Model,
    shape::{Shape, is_never},
    stream::ImplStream,
};

/// The function, its body run as a call.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let Model { attributes, visibility, signature, .. } = model;
    let body = match &model.shape {
        Shape::Sync => match &signature.output {
            ReturnType::Type(_, ty) if is_never(ty) => sync::diverging(model, ty),
            _ => sync::expand(model),
        },
        Shape::Async => asynchronous::expand(model),
        Shape::Future(output) => future::expand(model, output),
        Shape::Boxed(output) => boxed::expand(model, output),
        Shape::Disguised(output, disguise) => boxed::disguised(model, output, disguise),
    };
    let mut body = Group::new(proc_macro2::Delimiter::Brace, body);
    body.set_span(model.body.span());
    quote!(#(#attributes)* #visibility #signature #body)
}

/// A local of ours, which no local of the user's can be or hide. Constants have no hygiene, hence the prefix.
fn local(name: &str) -> Ident {
    Ident::new(&format!("llm_span_{name}"), Span::mixed_site())
}

/// Drops the call. What drops one is not called to find that nobody listens to it. A stream has taken it along.
fn close(model: &Model, call: &Ident, off: Option<&Ident>, output: Option<&Type>) -> TokenStream {
    if output.and_then(ImplStream::of).is_some() {
        return TokenStream::new();
    }
    let p = model.private();
    let off = off.map(|off| quote!(#off ||));
    quote!(if #off #p::is_unheard(&#call) { #p::pass(#call) } else { #p::drop(#call) })
}

/// Whether there may be a `return` or a `?` in it.
fn leaves(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "return",
        TokenTree::Punct(mark) => mark.as_char() == '?',
        TokenTree::Group(group) => leaves(group.stream()),
        TokenTree::Literal(_) => false,
    })
}
