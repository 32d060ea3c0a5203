//! What `#[async_trait]` makes of an `async fn`, and how to see the `async fn` in it.
//!
//! ```text
//! Box::pin(async move {
//!     if let Some(__ret) = None::<T> { return __ret; }   // tells inference the type
//!     let __self = self; let argument = argument;        // takes the arguments in
//!     let __ret: T = { …what the user wrote… };
//!     __ret
//! })
//! ```
//!
//! A body of another form is treated as any boxed future is.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Block, Expr, Pat, Stmt};

/// An `async fn` inside a boxed future.
pub(crate) struct Disguise {
    /// The statements before what the user wrote.
    pub(crate) before: Vec<Stmt>,
    /// `let __ret: T =`
    pub(crate) head: TokenStream,
    /// What the user wrote.
    pub(crate) body: Group,
    /// The statements after it.
    pub(crate) after: TokenStream,
}

impl Disguise {
    pub(crate) fn of(body: &Group) -> Option<Self> {
        let block: Block = syn::parse2(TokenTree::Group(body.clone()).into()).ok()?;
        let [Stmt::Expr(Expr::Call(call), None)] = &*block.stmts else { return None };
        if !is_box_pin(&call.func) {
            return None;
        }
        let Some(Expr::Async(inside)) = call.args.first() else { return None };
        let statements = &inside.block.stmts;
        let position = statements.iter().rposition(is_what_the_user_wrote)?;
        let Stmt::Local(local) = &statements[position] else { return None };
        let tokens = local.init.as_ref()?.expr.to_token_stream();
        let Some(TokenTree::Group(body)) = tokens.into_iter().next() else { return None };
        let (pattern, before, after) = (&local.pat, &statements[..position], &statements[position + 1..]);
        Some(Self { before: before.to_vec(), head: quote!(let #pattern =), body, after: quote!(#(#after)*) })
    }
}

/// Whether a path is `Box::pin`, under whatever path.
pub(crate) fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(|name| name == "pin") && names.next().is_some_and(|name| name == "Box")
}

/// `let __ret: T = {…};` or `let _: () = {…};`
fn is_what_the_user_wrote(statement: &Stmt) -> bool {
    let Stmt::Local(local) = statement else { return false };
    let named = match &local.pat {
        Pat::Type(typed) => match &*typed.pat {
            Pat::Ident(name) => name.ident == "__ret",
            Pat::Wild(_) => true,
            _ => false,
        },
        _ => false,
    };
    named && local.init.as_ref().is_some_and(|init| matches!(&*init.expr, Expr::Block(block) if block.attrs.is_empty()))
}

/// The arguments as they are called in there: `self` is `__self`.
pub(crate) fn renamed(arguments: TokenStream) -> TokenStream {
    let rename = |token| match token {
        TokenTree::Ident(word) if word == "self" => TokenTree::Ident(Ident::new("__self", word.span())),
        TokenTree::Group(group) => {
            let mut inside = Group::new(group.delimiter(), renamed(group.stream()));
            inside.set_span(group.span());
            TokenTree::Group(inside)
        }
        other => other,
    };
    arguments.into_iter().map(rename).collect()
}
