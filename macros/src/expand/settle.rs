//! The end: what the body returned tells outcome, usage and error.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprClosure, ExprPath, ReturnType, Type};

use super::{
    blame, leaves, local,
    preset::Reader,
    start::{owned, read},
};
use crate::{
    args::Reading,
    model::{Model, Usage},
    shape::{Shape, inferable},
    stream::{ImplStream, Items, Layer, is_box},
};

/// Settles `call` by `returned`, whose type is written as `output`: ends it, or hands it on to the stream that was returned.
/// `off`, where it is at hand, tells that nobody listens.
pub(super) fn settle(model: &Model, call: &Ident, off: Option<&Ident>, returned: &Ident, output: Option<&Type>) -> TokenStream {
    let p = model.private();
    let place = output.map_or_else(|| model.signature.ident.span(), blame::response_type);
    let usage = report(model, &p, output);
    let error = error_type(model, &p);
    let opened = quote!(#p::probe(&#p::slot(&mut #returned)).llm_span_split());
    let inner = |opened: TokenStream| quote!(#p::probe(&#opened).llm_span_inner());
    if let Some(stream) = output.and_then(ImplStream::of) {
        let opened = (1..stream.layers.len()).fold(opened, |opened, _| inner(opened));
        return hand_on(model, call, returned, [moving(usage), moving(error)], &stream, &opened);
    }
    let opened = inner(inner(opened));
    let (usage, error) = if output.is_some_and(is_box) { (moving(usage), moving(error)) } else { (usage, error) };
    // A future that a function gives back has not run yet, one that an async function gives back is none of the call's.
    let arrived = if matches!(model.shape, Shape::Sync) { quote!(llm_span_arrived_now) } else { quote!(llm_span_arrived) };
    let arrived = blame::located(&quote!(#p::probe(&#opened).#arrived()), place);
    let heard = off.map_or_else(|| quote!(#p::Some(&mut #call)), |off| quote!(#p::heard(#off, &mut #call)));
    quote!(#arrived.llm_span_settle(#heard, #usage, #error);)
}

/// `impl Stream`, perhaps in layers: a failure ends the call, the stream inside takes it along.
fn hand_on(
    model: &Model,
    call: &Ident,
    returned: &Ident,
    [usage, error]: [TokenStream; 2],
    stream: &ImplStream,
    opened: &TokenStream,
) -> TokenStream {
    let p = model.private();
    let (watch, chunks) = (local("watch"), local("chunks"));
    let (wrap, typed) = match stream.items {
        Items::Stream => (quote!(llm_span_stream), quote!(stream_of)),
        Items::Iterator => (quote!(llm_span_iterator), quote!(iterator_of)),
    };
    // Told before it is wrapped: the wrapper hides the return type from inference.
    let typed = stream.item.as_ref().map(|item| {
        let (place, known) = (blame::response_type(item), inferable(item));
        let (typed, inferred) = (blame::located(&quote!(#p::#typed::<), place), blame::located(&quote!(, _, _>), place));
        let opened = blame::located(opened, place);
        let applied = quote_spanned!(place=> (#opened));
        quote!(#typed #known #inferred #applied)
    });
    let opened = typed.as_ref().unwrap_or(opened);
    // Whether an item is an error its type knows; where nothing else can be, there must be some to be named.
    let only_items = model.error_type.as_ref().filter(|_| !stream.layers.contains(&Layer::Result));
    let named = only_items.map(|error| blame::located(&quote!(.llm_span_named()), blame::name(error)));
    let wrapped = quote!(#watch.#wrap(#chunks, #call));
    let mapped = stream.layers.iter().fold(wrapped, |inner, _| quote!(#chunks.map(move |#chunks| #inner)));
    quote! {
        let #watch = #p::probe(&#opened).#wrap() #named.llm_span_watch(&mut #call, #usage, #error);
        let #chunks = #returned;
        let #returned = #mapped;
    }
}

/// The closure that makes a report of a response or a chunk.
fn report(model: &Model, p: &TokenStream, output: Option<&Type>) -> TokenStream {
    let usage = usage(model, p, output);
    if model.estimate.is_none() && model.output.is_none() {
        return usage;
    }
    let response = local("response");
    // What takes its captures along must not do so again at every chunk: the closure around it does.
    let (mut moved, usage) = unmoved(usage);
    let mut inside = |closure: TokenStream| {
        let (word, closure) = unmoved(closure);
        moved = moved.take().or(word);
        closure
    };
    let estimated = model.estimate.as_ref().map(|estimate| {
        let estimate = inside(reading(p, estimate));
        quote!(.estimated_by(|| #p::apply(#response, #estimate)))
    });
    let captured = model.output.as_ref().map(|output| {
        let text = match &output.reading {
            Reading::Closure(closure) => inside(over(p, closure, |body| owned(&read(p, "text_or_none", body)))),
            Reading::Function(path) => {
                let call: Expr = syn::parse_quote!(#path(#response));
                let text = owned(&read(p, "text_or_none", &call));
                quote!(|#response| #text)
            }
        };
        quote!(.captured_by(|| #p::apply(#response, #text)))
    });
    quote!(#moved |#response| #p::apply(#response, #usage)#estimated #captured)
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
    let mut closure = closure.clone();
    let typed = matches!(closure.output, ReturnType::Type(..));
    if typed || leaves(closure.body.to_token_stream()) {
        // A `return` or a `?` in it leaves with the body's value: it must stay a closure of its own.
        let (moved, value) = (closure.capture.take(), local("value"));
        let applied = blame::located(&quote!(#p::apply(#value, #closure)), blame::name(&closure.body));
        let around = around(&Expr::Verbatim(applied));
        return quote!(#moved |#value| #around);
    }
    closure.body = Box::new(Expr::Verbatim(around(&closure.body)));
    closure.into_token_stream()
}

/// A closure that takes along what it needs: a stream outlives the function.
fn moving(closure: TokenStream) -> TokenStream {
    match closure.clone().into_iter().next() {
        Some(TokenTree::Punct(mark)) if mark.as_char() == '|' => quote!(move #closure),
        _ => closure,
    }
}

/// A closure without its `move`, and that.
fn unmoved(closure: TokenStream) -> (Option<TokenTree>, TokenStream) {
    let mut tokens = closure.clone().into_iter();
    match tokens.next() {
        Some(TokenTree::Ident(word)) if word == "move" => (Some(word.into()), tokens.collect()),
        _ => (None, closure),
    }
}

fn last(path: &ExprPath) -> proc_macro2::Span {
    path.path.segments.last().map_or_else(proc_macro2::Span::call_site, |segment| segment.ident.span())
}
