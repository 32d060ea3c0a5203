//! A key with all of its spans: `model`, `gen_ai.request.seed`, `"with-a-dash"`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Ident, LitStr, Token,
    ext::IdentExt as _,
    parse::{Parse, ParseStream},
};

/// A key as it was written, so that an error stands below the whole of it.
pub(crate) struct Key {
    text: String,
    tokens: TokenStream,
}

impl Key {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_dotted(&self) -> bool {
        self.text.contains('.')
    }
}

impl Parse for Key {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let quoted: LitStr = input.parse()?;
            return Ok(Self { text: quoted.value(), tokens: quoted.into_token_stream() });
        }
        let mut tokens = TokenStream::new();
        let mut text = String::new();
        loop {
            let part = input
                .call(Ident::parse_any)
                .map_err(|error| syn::Error::new(error.span(), "expected the name of an argument"))?;
            text.push_str(&part.unraw().to_string());
            part.to_tokens(&mut tokens);
            let Some(dot) = input.parse::<Option<Token![.]>>()? else { return Ok(Self { text, tokens }) };
            text.push('.');
            dot.to_tokens(&mut tokens);
        }
    }
}

impl ToTokens for Key {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        syn::parse_str::<Key>(text).map_or_else(|error| error.to_string(), |key| key.text().to_owned())
    }

    #[test]
    fn a_key_may_be_dotted_quoted_or_a_keyword() {
        assert_eq!(key("model"), "model");
        assert_eq!(key("gen_ai.request.seed"), "gen_ai.request.seed");
        assert_eq!(key("error.type"), "error.type");
        assert_eq!(key("crate"), "crate");
        assert_eq!(key("r#type"), "type");
        assert_eq!(key(r#""with-a-dash""#), "with-a-dash");
        assert_eq!(key("5"), "expected the name of an argument");
    }
}
