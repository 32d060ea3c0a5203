//! `#[llm_span("chat")]`: a text without a key. It is told the key that it was meant for, which is not missed as well.

use llm_span_contract::{Operation, provider};
use quote::ToTokens as _;
use syn::{Lit, LitStr, Token, parse::ParseStream};

use super::{Args, literal, names};
use crate::errors::Errors;

/// A text that is followed by no `=`, if there is one here. A quoted name of an argument is a key without a value.
pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Option<LitStr>> {
    if !input.peek(LitStr) || input.peek2(Token![=]) {
        return Ok(None);
    }
    let text: LitStr = input.fork().parse()?;
    if names::is_name(&text.value()) { Ok(None) } else { input.parse().map(Some) }
}

impl Args {
    /// Tells of the texts without a key; known once all arguments are read.
    pub(super) fn name_keyless(&mut self, errors: &mut Errors) {
        let texts = std::mem::take(&mut self.keyless);
        // Those that tell by themselves what they are leave the rest for the others.
        let (telling, rest): (Vec<_>, Vec<_>) =
            texts.into_iter().map(|text| (meant(&text), text)).partition(|(key, _)| key.is_some());
        let expected = expected(self.operation(&telling));
        for (key, text) in telling.into_iter().chain(rest) {
            let key = key.filter(|key| self.is_open(key)).or_else(|| expected.iter().copied().find(|key| self.is_open(key)));
            let written = text.to_token_stream();
            errors.at(&text, format_args!("`{written}` has no key; write `{} = {written}`", key.unwrap_or("key")));
            self.faulty.extend(key.map(ToOwned::to_owned));
        }
    }

    /// The operation that was given, with its key or without.
    fn operation(&self, telling: &[(Option<&'static str>, LitStr)]) -> Option<Operation> {
        let given = match self.operation.get().and_then(literal) {
            Some(Lit::Str(text)) => Some(text),
            _ => telling.iter().find(|(key, _)| *key == Some("operation")).map(|(_, text)| text),
        };
        given.and_then(|text| Operation::from_name(&text.value()))
    }

    /// Whether an argument is still to be given.
    fn is_open(&self, key: &str) -> bool {
        !self.is_written(key)
    }
}

/// What a text may be meant for that does not tell, in order.
fn expected(operation: Option<Operation>) -> &'static [&'static str] {
    match operation {
        Some(Operation::ExecuteTool) => &["tool"],
        Some(Operation::InvokeWorkflow) => &["workflow"],
        Some(Operation::CreateAgent | Operation::InvokeAgent) => &["agent"],
        _ => &["operation", "provider", "model"],
    }
}

/// What a text is by the contract's names.
fn meant(text: &LitStr) -> Option<&'static str> {
    let text = text.value();
    if Operation::from_name(&text).is_some() {
        Some("operation")
    } else if provider::NAMES.contains(&text.as_str()) {
        Some("provider")
    } else {
        None
    }
}
