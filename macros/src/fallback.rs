//! What a faulty use expands to: the item as it was, so that one mistake gives one error, and the errors.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{errors, item::not_a_function};

/// Arguments of a function that only the attribute has used must not be called unused.
pub(crate) fn expand(item: &TokenStream, found: &[syn::Error]) -> TokenStream {
    let errors = errors::tokens(found);
    let quiet = not_a_function(item).is_none().then(|| quote!(#[allow(unused)]));
    quote!(#errors #quiet #item)
}
