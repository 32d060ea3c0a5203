//! The end: what the body returned tells outcome, usage and error.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, ExprClosure, ExprPath, ReturnType, Type};

use super::{blame, leaves, local, preset::Reader, start::read};
use crate::{
    args::Reading,
    model::{Model, Usage},
    shape::{Shape, inferable},
    stream::{ImplStream, Items, Layer},
};

/// Settles `call` by `returned`, whose type is written as `output`: ends it, or hands it on to the stream that was returned.
pub(super) fn settle(model: &Model, call: &Ident, returned: &Ident, output: Option<&Type>) -> TokenStream {
    let p = model.private();
    let place = output.map_or_else(|| model.signature.ident.span(), blame::response_type);
    let usage = report(model, &p, output);
    let opened = quote!(#p::probe(&#p::probe(&#p::probe(&#p::slot(&mut #returned)).split()).inner()).inner());
    if let Some(stream) = output.and_then(ImplStream::of) {
        return hand_on(model, call, returned, &usage, &stream, &opened);
    }
    let error = error_type(model, &p);
    // A future that a function gives back has not run yet, one that an async function gives back is none of the call's.
    let arrived = if matches!(model.shape, Shape::Sync) { quote!(arrived_now) } else { quote!(arrived) };
    let arrived = blame::located(&quote!(#p::probe(&#opened).#arrived()), place);
    quote!(#arrived.settle(&mut #call, #usage, #error);)
}

/// `impl Stream`, perhaps in layers: a failure ends the call, the stream inside takes it along.
fn hand_on(
    model: &Model,
    call: &Ident,
    returned: &Ident,
    usage: &TokenStream,
    stream: &ImplStream,
    opened: &TokenStream,
) -> TokenStream {
    let p = model.private();
    let named = error_type(model, &p);
    let usage = moving(usage);
    let by_type = quote!(#p::error_name);
    let failure = if stream.layers.is_empty() {
        None
    } else {
        let error = if stream.layers.contains(&Layer::Result) { &named } else { &by_type };
        Some(quote!(#p::settle_failure(&mut #call, &#p::probe(&#opened).failure(), #error);))
    };
    let (items, chunks) = (local("items"), local("chunks"));
    let wrap = match stream.items {
        Items::Stream => format_ident!("stream"),
        Items::Iterator => format_ident!("iterator"),
    };
    // An alias may hide that items are a `Result`; where nothing else can fail, the closure is meant for them.
    let for_items = stream.fallible || (model.error_type.is_some() && !stream.layers.contains(&Layer::Result));
    let error = if for_items { moving(&named) } else { by_type };
    // Told before it is wrapped: the wrapper hides the return type from inference.
    let typed = stream.item.as_ref().map(|item| {
        let (place, known) = (blame::response_type(item), inferable(item));
        let typed = format_ident!("{wrap}_of");
        let (typed, inferred) = (blame::located(&quote!(#p::#typed::<), place), blame::located(&quote!(, _>), place));
        let untyped = blame::located(&quote!(#chunks), place);
        let applied = quote_spanned!(place=> (#untyped));
        quote!(let #chunks = #typed #known #inferred #applied;)
    });
    let wrapped = quote!({
        #typed
        let #items = #p::probe(&#chunks).#wrap();
        #items.#wrap(#chunks, #call, #usage, #error)
    });
    let mapped = stream.layers.iter().fold(wrapped, |inner, _| quote!(#chunks.map(move |#chunks| #inner)));
    quote!(#failure let #chunks = #returned; let #returned = #mapped;)
}

/// The closure that makes a report of a response or a chunk.
fn report(model: &Model, p: &TokenStream, output: Option<&Type>) -> TokenStream {
    let usage = usage(model, p, output);
    if model.estimate.is_none() && model.output.is_none() {
        return usage;
    }
    let response = local("response");
    let estimated = model.estimate.as_ref().map(|estimate| {
        let estimate = reading(p, estimate);
        quote!(.estimated_by(|| #p::apply(#response, #estimate)))
    });
    let captured = model.output.as_ref().map(|output| {
        let text = match &output.reading {
            Reading::Closure(closure) => over(p, closure, |body| owned(&read(p, "text_or_none", body))),
            Reading::Function(path) => {
                let call: Expr = syn::parse_quote!(#path(#response));
                let text = owned(&read(p, "text_or_none", &call));
                quote!(|#response| #text)
            }
        };
        quote!(.captured_by(|| #p::apply(#response, #text)))
    });
    quote!(|#response| #p::apply(#response, #usage)#estimated #captured)
}

/// The text of an `Option`, borrowing nothing.
fn owned(text: &TokenStream) -> TokenStream {
    quote!(#text.map(|text| text.into_owned()))
}

fn error_type(model: &Model, p: &TokenStream) -> TokenStream {
    model.error_type.as_ref().map_or_else(|| quote!(#p::error_name), |error| named_by(p, error))
}

fn usage(model: &Model, p: &TokenStream, output: Option<&Type>) -> TokenStream {
    match &model.usage {
        Usage::Unreported | Usage::Children => quote!(#p::unreported),
        Usage::Closure(closure) => by_closure(p, closure),
        Usage::Function(path) => by_function(p, path),
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

fn reading(p: &TokenStream, reading: &Reading) -> TokenStream {
    match reading {
        Reading::Closure(closure) => by_closure(p, closure),
        Reading::Function(path) => by_function(p, path),
    }
}

fn by_closure(p: &TokenStream, closure: &ExprClosure) -> TokenStream {
    let report = blame::located(&quote!(#p::report), blame::name(&closure.body));
    over(p, closure, |body| quote!(#report(#body)))
}

fn by_function(p: &TokenStream, path: &ExprPath) -> TokenStream {
    let (report, response) = (blame::located(&quote!(#p::report), last(path)), local("response"));
    let call = blame::located(&quote!((#response)), last(path));
    quote!(|#response| #report(#path #call))
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

/// A closure that takes along what it needs: a stream outlives the function.
fn moving(closure: &TokenStream) -> TokenStream {
    match syn::parse2::<ExprClosure>(closure.clone()) {
        Ok(mut closure) => {
            closure.capture.get_or_insert_default();
            closure.into_token_stream()
        }
        Err(_) => closure.clone(),
    }
}

fn last(path: &ExprPath) -> proc_macro2::Span {
    path.path.segments.last().map_or_else(proc_macro2::Span::call_site, |segment| segment.ident.span())
}
