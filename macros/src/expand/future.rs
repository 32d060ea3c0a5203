//! A function that returns `impl Future`: the body makes a future, the call is around that.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ReturnType, Type};

use super::{body, close, local, settle::settle, start};
use crate::{model::Model, shape::inferable};

pub(super) fn expand(model: &Model, output: &Type) -> TokenStream {
    let prepared = local("prepared");
    let (start, made, run) = (start::later(model), made(model), run(model, output));
    quote! {
        let #prepared = #start;
        #made
        #run
    }
}

/// `future`, which the body makes; it may leave by `return`.
pub(super) fn made(model: &Model) -> TokenStream {
    let (p, body, future) = (model.private(), body::of(model), local("future"));
    let returned = match &model.signature.output {
        ReturnType::Default => None,
        ReturnType::Type(arrow, ty) => Some(inferable(ty)).map(|ty| quote!(#arrow #ty)),
    };
    quote!(let #future = #p::make(move || #returned #body);)
}

/// A future that starts the call of `prepared` when it is polled, and runs `future` in it.
pub(super) fn run(model: &Model, output: &Type) -> TokenStream {
    let p = model.private();
    let (prepared, future, call, returned) = (local("prepared"), local("future"), local("call"), local("returned"));
    let (settle, close) = (settle(model, &call, None, &returned, Some(output)), close(model, &call, None, Some(output)));
    let ty = inferable(output);
    quote! {
        async move {
            let mut #call = #prepared.start();
            let mut #returned: #ty = #p::run(&mut #call, #future).await;
            #settle
            #close
            #returned
        }
    }
}
