//! Arguments apart, as tokens: to be handed on from a block to its methods.

use proc_macro2::TokenStream;
use syn::{
    Expr, Token,
    parse::{ParseStream, Parser as _},
};

use super::{Key, fields};

/// An argument as it was written.
pub(crate) struct Written {
    pub(crate) key: Key,
    /// Key and value.
    pub(crate) tokens: TokenStream,
    /// What is in `fields(…)`: keys, and the tokens of each field.
    pub(crate) fields: Vec<(String, TokenStream)>,
}

impl Written {
    /// All of them; fails where [`Args::parse`](super::Args::parse) finds errors.
    pub(crate) fn all(arguments: TokenStream) -> syn::Result<Vec<Self>> {
        let all = |input: ParseStream<'_>| {
            let mut all = Vec::new();
            while !input.is_empty() {
                let mut fields = Vec::new();
                let (key, tokens) = captured(input, |input| argument(input, &mut fields))?;
                all.push(Self { key, tokens, fields });
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(all)
        };
        all.parse2(arguments)
    }
}

fn argument(input: ParseStream<'_>, fields: &mut Vec<(String, TokenStream)>) -> syn::Result<Key> {
    let key: Key = input.parse()?;
    if key.text() == "fields" {
        let content;
        syn::parenthesized!(content in input);
        while !content.is_empty() {
            let (field, tokens) = captured(&content, fields::field)?;
            fields.push((field.key.text().to_owned(), tokens));
            content.parse::<Option<Token![,]>>()?;
        }
    } else {
        input.parse::<Token![=]>()?;
        input.parse::<Expr>()?;
    }
    Ok(key)
}

/// What is parsed, and the tokens that it was parsed from.
fn captured<T>(input: ParseStream<'_>, parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<(T, TokenStream)> {
    let mut cursor = input.cursor();
    let parsed = parse(input)?;
    let mut tokens = TokenStream::new();
    while cursor != input.cursor() {
        let Some((token, next)) = cursor.token_tree() else { break };
        tokens.extend([token]);
        cursor = next;
    }
    Ok((parsed, tokens))
}
