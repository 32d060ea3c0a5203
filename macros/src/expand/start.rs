//! The start: what is known before the body runs. The expressions are evaluated only where somebody listens.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Expr, FnArg, Pat, PatIdent, PatType, Token, Type};

use super::{blame, local, place};
use crate::{
    model::{Extra, Kind, Model, Text, Value},
    shape::{Shape, bare},
};

/// Whether nobody listens anywhere: what stands before [`now`].
pub(super) fn is_off(model: &Model) -> TokenStream {
    let (p, off) = (model.private(), local("off"));
    quote!(let #off = #p::is_off();)
}

/// A block that gives a `Call`, started. What a program without a subscriber passes comes first: a load and a comparison.
pub(super) fn now(model: &Model) -> TokenStream {
    let (p, define, place) = (model.private(), place::define(model), place::name());
    let started = begin(model, "start");
    let heard = match &model.follows_from {
        None => started,
        Some(causes) => {
            let call = local("call");
            quote!(let #call = #started; #p::follow(&#call, #causes); #call)
        }
    };
    let off = local("off");
    let copied = copied(model, &heard);
    quote!({ #define if #off { #p::Call::Off } else if #place.site.enabled() { #copied #heard } else { #p::Call::HIDDEN } })
}

/// Copies of the references among the arguments of an `async fn` that are read when the call starts.
///
/// An argument that is borrowed is kept in the future as long as that lasts, and copied to there whenever it is first polled; what is
/// borrowed here is a copy that is gone before the body runs. Others than references can't be copied, and are dropped in their order.
fn copied(model: &Model, read: &TokenStream) -> TokenStream {
    if !matches!(model.shape, Shape::Async) {
        return TokenStream::new();
    }
    let references = model.signature.inputs.iter().filter_map(|argument| {
        let FnArg::Typed(PatType { pat, ty, .. }) = argument else { return None };
        let (Pat::Ident(PatIdent { by_ref: None, mutability: None, subpat: None, ident, .. }), Type::Reference(reference)) =
            (&**pat, bare(ty))
        else {
            return None;
        };
        (reference.mutability.is_none() && is_named(read, ident)).then_some(ident)
    });
    // What stands there may be a field's name, and no argument; a lint that the user forbids can't be allowed.
    let copy = |ident| quote!(#[allow(clippy::redundant_locals, clippy::shadow_same)] let #ident = #ident; let _ = #ident;);
    references.map(copy).collect()
}

/// Whether the name stands in it.
fn is_named(tokens: &TokenStream, name: &Ident) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == *name,
        TokenTree::Group(group) => is_named(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// A block that gives a `Prepared`, to be started at the first poll.
pub(super) fn later(model: &Model) -> TokenStream {
    let (define, place) = (place::define(model), place::name());
    let mut prepared = begin(model, "prepare");
    if let Some(causes) = &model.follows_from {
        prepared.extend(quote!(.follow(#causes)));
    }
    quote!({ #define if #place.site.enabled() { #prepared } else { #place.site.pass() } })
}

fn begin(model: &Model, how: &str) -> TokenStream {
    let p = model.private();
    let (place, how) = (place::name(), format_ident!("{how}"));
    let given = |given: Option<&Text>| {
        let given = given.map(|given| text(&p, given));
        given.map_or_else(|| quote!(#p::None), |given| quote!(#p::Some(#given)))
    };
    let (provider, requested) = (given(model.provider.as_ref()), given(model.requested.given()));
    let id = |id: &Option<Text>| match id {
        None => quote!(#p::None),
        Some(Text::Literal(literal)) => quote!(#p::Some(#literal)),
        Some(Text::Expr(expr)) => {
            let read = read(&p, "text_or_none", expr);
            quote!(#read.as_deref())
        }
    };
    let (conversation, session, user) = (id(&model.conversation), id(&model.session), id(&model.user));
    let extra = model.extra.iter().map(|extra| field(&p, extra));
    let content = content(&p, model);
    let parent = match &model.parent {
        None => quote!(#p::Parent::Current),
        Some(parent) => {
            let p = blame::located(&p, blame::name(parent));
            quote!(#p::parent(#parent))
        }
    };
    quote!(#place.site.#how(#p::Start {
        provider: #provider, model: #requested,
        ids: #p::Ids { conversation: #conversation, session: #session, user: #user }, extra: &[#(#extra),*], content: #content, sums: false, parent: #parent
    }))
}

/// The texts that are captured before the body runs; evaluated only where they are.
fn content(p: &TokenStream, model: &Model) -> TokenStream {
    if model.content.is_empty() {
        return quote!(&[]);
    }
    let texts = model.content.iter().map(|content| {
        let (field, key) = (content.field, &model.extra[content.field].key);
        let text = match &content.text {
            Text::Literal(literal) => quote!(#p::Some(#literal.into())),
            Text::Expr(expr) => {
                let read = read(p, "text_or_none", expr);
                owned(&read)
            }
        };
        quote!((#field, #key, #text))
    });
    quote!(&#p::captured(|| [#(#texts),*]))
}

fn text(p: &TokenStream, text: &Text) -> TokenStream {
    match text {
        Text::Literal(literal) => literal.to_token_stream(),
        Text::Expr(expr) => {
            let read = read(p, "text", expr);
            quote!(&*#read)
        }
    }
}

/// A value as text, or however else a probe reads it.
pub(super) fn read(p: &TokenStream, how: &str, expr: &Expr) -> TokenStream {
    let place = blame::name(expr);
    let (how, value) = (format_ident!("llm_span_{how}"), reference(expr));
    blame::located(&quote!(#p::probe(#value).#how()), place)
}

/// The text of an `Option`, borrowing nothing.
pub(super) fn owned(text: &TokenStream) -> TokenStream {
    let owned = local("text");
    quote!(#text.map(|#owned| #owned.into_owned()))
}

/// A value by reference, so that nothing is moved out of the arguments. Parentheses only where they must be: they would
/// narrow the place of an error to themselves.
fn reference(expr: &Expr) -> TokenStream {
    let borrow = Token![&](blame::first(expr));
    match expr {
        Expr::Path(_) | Expr::Field(_) | Expr::MethodCall(_) | Expr::Call(_) | Expr::Index(_) | Expr::Macro(_) | Expr::Lit(_) => {
            quote!(#borrow #expr)
        }
        _ => quote!(#borrow (#expr)),
    }
}

fn field(p: &TokenStream, extra: &Extra) -> TokenStream {
    let (kind, expr) = match &extra.value {
        Value::Empty => return quote!(#p::None),
        Value::Literal(literal) => return quote!(#p::Some(&#literal)),
        Value::Expr(kind, expr) => (kind, expr),
    };
    let by = |function: &str| {
        let place = blame::name(expr);
        let (function, value) = (format_ident!("{function}"), reference(expr));
        let value = blame::located(&quote!(#p::#function(#value)), place);
        quote!(&#value)
    };
    let value = match kind {
        Kind::Int => by("int"),
        Kind::Double => by("double"),
        Kind::Bool => by("bool"),
        Kind::List => by("list"),
        Kind::Display => by("display"),
        Kind::Debug => by("debug"),
        Kind::Text => {
            let read = read(p, "text_or_none", expr);
            quote!(&#read.as_deref())
        }
        Kind::Any => {
            let read = read(p, "value", expr);
            quote!(#read.llm_span_as_value())
        }
    };
    quote!(#p::Some(#value))
}
