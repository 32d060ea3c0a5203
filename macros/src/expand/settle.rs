//! The end: what the body returned tells outcome, usage and error.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprClosure, ExprPath, ReturnType, Type};

use super::{blame, leaves, local, preset::Reader, start::read};
use crate::{
    model::{Model, Usage},
    shape::Shape,
};

/// Settles `call` by `returned`, whose type is written as `output`.
pub(super) fn settle(model: &Model, call: &Ident, returned: &Ident, output: Option<&Type>) -> TokenStream {
    let p = model.private();
    let usage = usage(model, &p, output);
    let error = model.error_type.as_ref().map_or_else(|| quote!(#p::error_name), |error| named_by(&p, error));
    let place = output.map_or_else(|| model.signature.ident.span(), blame::response_type);
    // A future that a function gives back has not run yet, one that an async function gives back is none of the call's.
    let last = if matches!(model.shape, Shape::Sync) { quote!(last_now) } else { quote!(last) };
    let split = blame::located(&quote!(#p::probe(&#p::probe(&#p::probe(&#returned).split()).inner()).#last()), place);
    quote!(#p::settle(&mut #call, &#split, #usage, #error);)
}

fn usage(model: &Model, p: &TokenStream, output: Option<&Type>) -> TokenStream {
    match &model.usage {
        Usage::Unreported => quote!(#p::unreported),
        Usage::Closure(closure) => {
            let report = blame::located(&quote!(#p::report), blame::name(&closure.body));
            over(p, closure, |body| quote!(#report(#body)))
        }
        Usage::Function(path) => {
            let (report, response) = (blame::located(&quote!(#p::report), last(path)), local("response"));
            let call = blame::located(&quote!((#response)), last(path));
            quote!(|#response| #report(#path #call))
        }
        Usage::Preset { preset, span, parts } => {
            Reader { p, operation: model.operation, preset: *preset, at: *span }.closure(parts)
        }
        // A closure, where a function would do: that would be told twice when the type lacks the trait.
        Usage::Reported => {
            let place = output.map_or_else(|| model.signature.ident.span(), blame::response_type);
            let (reported, response) = (blame::located(&quote!(#p::reported), place), Ident::new("llm_span_response", place));
            quote!(|#response| #reported(#response))
        }
    }
}

/// What `error_type` says, turned into text where it is made.
fn named_by(p: &TokenStream, error: &Expr) -> TokenStream {
    let owned = |text: &TokenStream| quote!(#text.into_owned());
    match error {
        Expr::Closure(closure) => over(p, closure, |body| owned(&read(p, "text", body))),
        other => {
            let error = local("error");
            let call: Expr = syn::parse_quote!((#other)(#error));
            let text = owned(&read(p, "text", &call));
            quote!(|#error| #text)
        }
    }
}

/// A closure that gives what `around` makes of the body's value.
fn over(p: &TokenStream, closure: &ExprClosure, around: impl FnOnce(&Expr) -> TokenStream) -> TokenStream {
    let typed = matches!(closure.output, ReturnType::Type(..));
    if typed || leaves(closure.body.to_token_stream()) {
        // A `return` or a `?` in it leaves with the body's value: it must stay a closure of its own.
        let value = local("value");
        let applied = blame::located(&quote!(#p::apply(#value, #closure)), blame::name(&closure.body));
        let around = around(&Expr::Verbatim(applied));
        return quote!(|#value| #around);
    }
    let mut outer = closure.clone();
    outer.body = Box::new(Expr::Verbatim(around(&closure.body)));
    outer.into_token_stream()
}

fn last(path: &ExprPath) -> proc_macro2::Span {
    path.path.segments.last().map_or_else(proc_macro2::Span::call_site, |segment| segment.ident.span())
}
