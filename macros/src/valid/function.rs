//! What can be annotated: a function that has a body and runs at run time.

use proc_macro2::TokenStream;

use crate::{
    errors::Errors,
    item::{self, Function},
};

pub(crate) fn parse(item: &TokenStream, errors: &mut Errors) -> Option<Function> {
    if let Some(first) = item::not_a_function(item) {
        let what = first.to_string();
        let remedy = match what.as_str() {
            "mod" => "annotate the functions in it one by one",
            _ => "put it on the function that makes the call",
        };
        errors.at(first, format_args!("`#[llm_span]` stands on a function, not on this `{what}`; {remedy}"));
        return None;
    }
    let function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let signature = &function.signature;
    if let Some(token) = signature.constness {
        errors.at(token, "a `const fn` can't be a span: it may run at compile time; remove `const`");
    }
    let tracked = function.attributes.iter().find(|attribute| attribute.path().is_ident("track_caller"));
    if let Some(attribute) = tracked.filter(|_| signature.asyncness.is_none()) {
        errors.at(
            attribute,
            "`#[track_caller]` does not reach the body, which runs in a closure; put it on a function around this one, and give \
             `Location::caller()` as an argument",
        );
    }
    if function.body.is_none() {
        errors.at(&signature.ident, "a method without a body makes no call; put the attribute on its implementations");
    }
    Some(function)
}
