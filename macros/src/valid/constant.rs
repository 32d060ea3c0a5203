//! Literals, checked against the contract and written as they are to be recorded.

use llm_span_contract::{Attribute, AttributeType, Value as Observed};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprUnary, Lit, UnOp};

use crate::args::ungroup;

/// A value known now.
pub(crate) struct Constant {
    pub(crate) value: Observed<'static>,
    span: Span,
}

impl Constant {
    /// Strings, booleans, and numbers that fit.
    pub(crate) fn of(given: &Expr) -> Option<Self> {
        let (negative, given) = match ungroup(given) {
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => (true, ungroup(expr)),
            other => (false, other),
        };
        let Expr::Lit(literal) = given else { return None };
        let value = match &literal.lit {
            Lit::Str(text) if !negative => Observed::from(text.value()),
            Lit::Bool(flag) if !negative => Observed::from(flag.value),
            Lit::Int(number) => {
                let number: i64 = number.base10_parse().ok()?;
                Observed::from(if negative { -number } else { number })
            }
            Lit::Float(number) => {
                let number: f64 = number.base10_parse().ok()?;
                Observed::from(if negative { -number } else { number })
            }
            _ => return None,
        };
        Some(Self { value, span: literal.lit.span() })
    }

    /// As it is to be recorded: counts signed, an integer where the contract says `double` as one.
    pub(crate) fn tokens(&self, attribute: Option<&Attribute>) -> TokenStream {
        let as_double = attribute.is_some_and(|attribute| attribute.ty == AttributeType::Double);
        let (negative, mut literal) = match &self.value {
            Observed::Int(number) if as_double => (*number < 0, double(&number.unsigned_abs().to_string())),
            Observed::Int(number) => (*number < 0, Literal::i64_suffixed(number.abs())),
            Observed::Double(number) => (*number < 0.0, Literal::f64_suffixed(number.abs())),
            Observed::Str(text) => (false, Literal::string(text)),
            Observed::Bool(flag) => return syn::LitBool::new(*flag, self.span).into_token_stream(),
            _ => return TokenStream::new(),
        };
        literal.set_span(self.span);
        let minus = negative.then(|| quote!(-));
        quote!(#minus #literal)
    }
}

fn double(digits: &str) -> Literal {
    digits.parse::<f64>().map_or_else(|_| Literal::f64_suffixed(0.0), Literal::f64_suffixed)
}
