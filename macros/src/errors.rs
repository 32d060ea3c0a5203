//! All errors of one use of the attribute, told together.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects errors; whoever makes one must ask it for what it has.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
    asked: bool,
}

impl Errors {
    /// One more, at the whole of `place`. `message` is "cause; remedy", in lower case, code in backticks.
    pub(crate) fn at(&mut self, place: impl ToTokens, message: impl std::fmt::Display) {
        self.found.push(syn::Error::new_spanned(place, message));
    }

    /// One that was made elsewhere.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// `Some` without errors, in which case there is a value.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<syn::Error>> {
        self.asked = true;
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(std::mem::take(&mut self.found)),
        }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        debug_assert!(self.asked || std::thread::panicking(), "errors were collected and never told");
    }
}

/// A [`syn::Error`] as tokens, with a path that no name of the user's can shadow.
pub(crate) fn tokens(errors: &[syn::Error]) -> TokenStream {
    errors.iter().map(syn::Error::to_compile_error).collect()
}
