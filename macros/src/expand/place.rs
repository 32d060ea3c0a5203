//! The callsite: one `static` whose fields are a constant that all functions share, the user's own appended.

use llm_span_contract::stamp::FIELDS;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::{Model, Name};

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
        Name::Contract => (operation.span_name().to_owned(), None),
        Name::Conventional => (operation.name().to_owned(), Some(quote!(.conventional()))),
        Name::Literal(name) => (name.value(), None),
    };
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
        )#conventional;
    }
}
