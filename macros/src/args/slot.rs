//! A place for one value that may be set once.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::Key;
use crate::errors::Errors;

/// A value and the key it was given by.
pub(crate) struct Spanned<T> {
    pub(crate) key: TokenStream,
    pub(crate) value: T,
}

pub(super) fn duplicate(key: &Key) -> String {
    format!("duplicate argument `{}`; it can be given once", key.text())
}

/// Holds the first value; later ones are errors.
pub(crate) struct Slot<T>(Option<Spanned<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Slot<T> {
    pub(crate) fn set(&mut self, key: &Key, value: T, errors: &mut Errors) {
        if self.0.is_some() {
            errors.at(key, duplicate(key));
        } else {
            self.0 = Some(Spanned { key: key.to_token_stream(), value });
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|given| &given.value)
    }

    /// The key it was given by.
    pub(crate) fn key(&self) -> Option<TokenStream> {
        self.0.as_ref().map(|given| given.key.clone())
    }

    pub(crate) fn take(&mut self) -> Option<Spanned<T>> {
        self.0.take()
    }
}
