//! An `async fn`, and what is one in disguise.

use proc_macro2::{Group, TokenStream};
use quote::quote;
use syn::{ReturnType, Type};

use super::{body, close, local, settle::settle, start};
use crate::{
    model::Model,
    shape::{bare, inferable, is_never},
};

pub(super) fn expand(model: &Model) -> TokenStream {
    let output = match &model.signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    around(model, &body::of(model), output)
}

/// The statements of an async body around the user's.
pub(super) fn around(model: &Model, body: &Group, output: Option<&Type>) -> TokenStream {
    let p = model.private();
    let (is_off, off, start) = (start::is_off(model), local("off"), start::now(model));
    let (call, future, returned) = (local("call"), local("future"), local("returned"));
    if output.is_some_and(is_never) {
        return quote! {
            #is_off
            let mut #call = #start;
            let #future = #p::pin!(async move #body);
            #p::run_here(#p::heard(#off, &mut #call), #future).await
        };
    }
    let (settle, close) = (settle(model, &call, None, &returned, output), close(model, &call, None, output));
    let unit = output.is_none().then(|| quote!(: ()));
    let body = hinted(model, body, output);
    // An `async fn` may give back a future as any other value; only in a block of it does the lint see a mistake.
    quote! {
        #is_off
        let mut #call = #start;
        #[allow(clippy::async_yields_async)]
        let #future = #p::pin!(async move #body);
        let mut #returned #unit = #p::run_here(#p::heard(#off, &mut #call), #future).await;
        #settle
        #close
        #returned
    }
}

/// The body, and what tells inference what it returns: that can't be written on an async block.
fn hinted(model: &Model, body: &Group, output: Option<&Type>) -> Group {
    let p = model.private();
    let Some(output) = output.filter(|output| !matches!(bare(output), Type::ImplTrait(_))) else {
        return body.clone();
    };
    let output = inferable(output);
    body::with(&quote!(if false { return #p::never::<#output>(); }), body)
}
