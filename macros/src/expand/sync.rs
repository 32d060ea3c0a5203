//! A function whose body runs when it is called.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ReturnType, Type};

use super::{body, close, local, settle::settle, start};
use crate::{model::Model, shape::inferable};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (p, body) = (model.private(), body::of(model));
    let (call, returned) = (local("call"), local("returned"));
    let start = start::now(model);
    let output = match &model.signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    // Of a body that always panics nothing else would tell the type.
    let (closure, unit) = match output.map(inferable) {
        Some(ty) => (quote!(-> #ty), None),
        None => (quote!(), Some(quote!(: ()))),
    };
    let (is_off, off, run) = (start::is_off(model), local("off"), local("body"));
    let settle = settle(model, &call, Some(&off), &returned, output);
    let close = close(model, &call, Some(&off), output);
    quote! {
        #is_off
        let mut #call = #start;
        let #run = #p::body(move || #closure #body);
        let mut #returned #unit = if #off { #p::unheard(#run) } else { #p::once(&mut #call, #run) };
        #settle
        #close
        #returned
    }
}

/// A function that never returns: it ends by a panic, or not at all.
pub(super) fn diverging(model: &Model, never: &Type) -> TokenStream {
    let (p, body) = (model.private(), body::of(model));
    let call = local("call");
    let start = start::now(model);
    let is_off = start::is_off(model);
    quote! {
        #is_off
        let mut #call = #start;
        #p::once(&mut #call, move || -> #never #body)
    }
}
