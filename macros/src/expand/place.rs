//! The callsite: one `static` whose fields are a constant that all functions share, the user's own appended.

use llm_span_contract::{Operation, OperationSet, stamp::FIELDS};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::{Model, Name, Usage};

/// The static's name; items have no hygiene.
pub(super) fn name() -> Ident {
    Ident::new("__LLM_SPAN_PLACE", Span::call_site())
}

pub(super) fn define(model: &Model) -> TokenStream {
    let Model { level, operation, .. } = model;
    let p = model.private();
    let place = name();
    let at = model.signature.ident.span();
    let variant = Ident::new(&format!("{operation:?}"), Span::call_site());
    let (file, module) = (quote_spanned!(at=> ::core::file!()), quote_spanned!(at=> ::core::module_path!()));
    // The line of the function, not of the attribute: the macro's span decides.
    let line = quote_spanned!(at=> ::core::line!());
    let target = model.target.as_ref().map_or_else(|| module.clone(), |target| quote!(#target));
    let (name, conventional) = match &model.name {
        Name::Contract if OperationSet::GENERATION.contains(*operation) => (operation.span_name().to_owned(), None),
        // The conventions' names, but for generation: there the dashboards select on one name.
        Name::Contract => (operation.span_name().to_owned(), conventional(model)),
        Name::Conventional => (operation.name().to_owned(), conventional(model)),
        Name::Literal(name) => (name.value(), None),
    };
    let kind = model.kind.map(|kind| {
        let kind = Ident::new(&format!("{kind:?}"), Span::call_site());
        quote!(.kind(#p::SpanKind::#kind))
    });
    let sums = matches!(model.usage, Usage::Children).then(|| quote!(.summing()));
    let output = model.output.as_ref().map(|output| output.field).map(|field| quote!(.output(#field)));
    let fields = if model.extra.is_empty() {
        quote!(&#p::FIELDS)
    } else {
        let keys = model.extra.iter().map(|extra| &extra.key);
        let all = FIELDS.len() + model.extra.len();
        quote!(&const { #p::widen::<_, #all>(&[#(#keys),*]) })
    };
    quote! {
        static #place: #p::Place = #p::Place::new(
            &#place, #p::Operation::#variant, #name, #level, #target, (#file, #line, #module), #fields
        )#conventional #kind #sums #output;
    }
}

/// What the exported span's name ends with: who is called, where that is known; the model of what has no other name.
fn conventional(model: &Model) -> Option<TokenStream> {
    match model.subject() {
        Some(field) => Some(quote!(.named_by(#field))),
        None if by_model(model.operation) => Some(quote!(.conventional())),
        None => None,
    }
}

fn by_model(operation: Operation) -> bool {
    OperationSet::GENERATION.contains(operation) || operation == Operation::Embeddings
}
