//! The annotated item, parsed as far as needed: signature yes, body no.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{
    Attribute, Signature, Token, Visibility,
    parse::{Parse, ParseStream},
};

/// An annotated function.
pub(crate) struct Function {
    /// The attributes on it, those at the head of its body included.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// Braces and what is in them. Not parsed: that costs time, and rustc tells syntax errors better.
    pub(crate) body: Option<Group>,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attributes = Attribute::parse_outer(input)?;
        let visibility = input.parse()?;
        let signature = input.parse()?;
        let body = if input.parse::<Option<Token![;]>>()?.is_some() { None } else { Some(body(input, &mut attributes)?) };
        Ok(Self { attributes, visibility, signature, body })
    }
}

/// The body, with its inner attributes moved to the function: they can't stand in a closure.
fn body(input: ParseStream<'_>, attributes: &mut Vec<Attribute>) -> syn::Result<Group> {
    let content;
    let braces = syn::braced!(content in input);
    let mut inner = Attribute::parse_inner(&content)?;
    for attribute in &mut inner {
        attribute.style = syn::AttrStyle::Outer;
    }
    attributes.append(&mut inner);
    let mut body = Group::new(proc_macro2::Delimiter::Brace, content.parse()?);
    body.set_span(braces.span.join());
    Ok(body)
}

/// The word for an item that is no function; `None` where it is one.
pub(crate) fn not_a_function(item: &TokenStream) -> Option<TokenTree> {
    let head = |input: ParseStream<'_>| {
        Attribute::parse_outer(input)?;
        input.parse::<Visibility>()?;
        let ahead = input.fork();
        let function = input.parse::<Signature>().is_ok();
        ahead.parse::<Option<Token![unsafe]>>()?;
        let first = ahead.parse::<TokenTree>().ok();
        input.parse::<TokenStream>()?;
        Ok(if function { None } else { first })
    };
    syn::parse::Parser::parse2(head, item.clone()).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(item: &str) -> Option<String> {
        not_a_function(&item.parse().unwrap()).map(|token| token.to_string())
    }

    #[test]
    fn only_functions_are_functions() {
        assert_eq!(first("/// x\n#[inline] pub(crate) async unsafe extern \"C\" fn f() {}"), None);
        assert_eq!(first("const fn f() {}"), None);
        assert_eq!(first("fn f(&self);"), None);
        assert_eq!(first("pub struct S;").as_deref(), Some("struct"));
        assert_eq!(first("const LIMIT: u8 = 5;").as_deref(), Some("const"));
        assert_eq!(first("unsafe impl Send for S {}").as_deref(), Some("impl"));
    }

    #[test]
    fn attributes_in_the_body_move_to_the_function() {
        let function: Function = syn::parse_str("#[inline] fn f() { #![allow(unused)] let x = 5; }").unwrap();
        assert_eq!(function.attributes.len(), 2);
        assert_eq!(function.body.unwrap().to_string(), "{ let x = 5 ; }");
    }
}
