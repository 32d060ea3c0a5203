//! A function that returns a boxed future: as `#[async_trait]` makes it, or written by hand.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Block, Expr, Stmt, Type};

use super::{
    asynchronous, body,
    future::{made, run},
    leaves, local, start,
};
use crate::{
    disguise::{Disguise, is_box_pin},
    model::Model,
};

/// What was an `async fn` is run as one, inside the box that there is.
pub(super) fn disguised(model: &Model, output: &Type, disguise: &Disguise) -> TokenStream {
    let p = model.private();
    let Disguise { before, head, after, .. } = disguise;
    let around = asynchronous::around(model, &body::in_disguise(model, disguise), Some(output));
    quote!(#p::Box::pin(async move { #(#before)* #head { #around }; #after }))
}

/// A boxed future: the call is around what is boxed where that can be seen, else around the box.
pub(super) fn expand(model: &Model, output: &Type) -> TokenStream {
    let p = model.private();
    let (prepared, future) = (local("prepared"), local("future"));
    let (start, run) = (start::later(model), run(model, output));
    let inside = parse(model).and_then(Boxed::of);
    let inside = inside.map(|Boxed { before, future: inside }| quote!(#(#before)* let #future = #inside;));
    let made = inside.unwrap_or_else(|| made(model));
    quote! {
        let #prepared = #start;
        #made
        #p::Box::pin(#run)
    }
}

/// `…; Box::pin(future)`.
struct Boxed {
    before: Vec<Stmt>,
    future: Expr,
}

impl Boxed {
    fn of(block: Block) -> Option<Self> {
        let mut before = block.stmts;
        let Some(Stmt::Expr(Expr::Call(call), None)) = before.pop() else { return None };
        let pinned = is_box_pin(&call.func) && call.args.len() == 1;
        // An early return would leave with a box that the call is not around.
        let leaves = before.iter().any(|statement| leaves(statement.to_token_stream()));
        let future = call.args.into_iter().next()?;
        (pinned && !leaves).then_some(Self { before, future })
    }
}

fn parse(model: &Model) -> Option<Block> {
    syn::parse2(TokenTree::Group(model.body.clone()).into()).ok()
}
