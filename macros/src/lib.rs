//! The attribute macro of the `llm-span` crate, which re-exports and documents it.
//!
//! ```text
//! args (what was written) ─┐
//!                          ├─ valid (rules of the contract) → model → expand (tokens)
//! item (the function)  ────┘                      └ errors → fallback (the item as it was, and every error)
//! ```
//!
//! On an `impl` block or a trait it only hands its arguments on to the methods (`defaults`).
//!
//! Expansion can't fail: what could be wrong is found before.

#![forbid(unsafe_code)]

mod args;
mod defaults;
mod disguise;
mod errors;
mod expand;
mod fallback;
mod item;
mod model;
mod shape;
mod stream;
mod valid;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented where it is re-exported, where its examples can run")]
#[proc_macro_attribute]
pub fn llm_span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.into();
    if let Some(block) = defaults::Block::of(&item) {
        return block.expand(arguments.into()).into();
    }
    match valid::model(arguments.into(), &item) {
        Ok(model) => expand::expand(&model).into(),
        Err(errors) => fallback::expand(&item, &errors).into(),
    }
}
