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

/// The first token of an item that is no function, after its attributes and visibility; `None` where it is one.
pub(crate) fn not_a_function(item: &TokenStream) -> Option<TokenTree> {
    let head = |input: ParseStream<'_>| {
        Attribute::parse_outer(input)?;
        input.parse::<Visibility>()?;
        let first = input.fork().parse::<TokenTree>().ok();
        let function = input.parse::<Signature>().is_ok();
        input.parse::<TokenStream>()?;
        Ok(if function { None } else { first })
    };
    syn::parse::Parser::parse2(head, item.clone()).ok().flatten()
}
