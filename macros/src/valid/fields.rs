//! `fields(…)`: keys against the contract's names, values against its types.

use llm_span_contract::{
    Attribute, AttributeType, Value as Observed, Values, known_attribute, known_attributes,
    stamp::{MAX_EXTRA_FIELDS, is_stamped},
    suggest::nearest,
};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprUnary, Lit, UnOp};

use super::text::is_in_body;
use crate::{
    args::{Args, FieldArg, Key, Sigil, ungroup},
    errors::Errors,
    model::{Extra, Kind, Value},
};

pub(crate) fn checked(args: &mut Args, errors: &mut Errors) -> Vec<Extra> {
    let Some(given) = args.fields.take() else { return Vec::new() };
    if given.value.len() > MAX_EXTRA_FIELDS {
        let many = given.value.len();
        errors.at(&given.key, format_args!("{many} fields are too many; a call can have {MAX_EXTRA_FIELDS} of your own"));
    }
    let mut extra: Vec<Extra> = Vec::new();
    for field in given.value {
        let key = field.key.text().to_owned();
        if extra.iter().any(|other| other.key == key) {
            errors.at(&field.key, format_args!("duplicate field `{key}`; a field recorded twice is exported twice"));
        } else if let Some(message) = wrong_key(&field.key) {
            errors.at(&field.key, message);
        } else if let Some(value) = value(field, errors) {
            extra.push(Extra { key, value });
        }
    }
    extra
}

fn wrong_key(key: &Key) -> Option<String> {
    let name = key.text();
    if name.is_empty() {
        return Some("a field's key is empty; name it".to_owned());
    }
    if is_stamped(name) {
        return Some(format!("`{name}` is recorded by the attribute itself; {}", instead(name)));
    }
    let near = if ["llm.", "gen_ai."].iter().any(|namespace| name.starts_with(namespace)) && known_attribute(name).is_none() {
        nearest(name, known_attributes().iter().map(|attribute| &*attribute.key))
    } else {
        None
    };
    near.map(|meant| format!("unknown attribute `{name}`; did you mean `{meant}`?"))
}

/// How to set what the attribute stamps.
fn instead(name: &str) -> &'static str {
    match name {
        "llm.provider" | "gen_ai.system" | "gen_ai.provider.name" => "set it by `provider = …`",
        "llm.model" | "gen_ai.request.model" => "set it by `model = …`",
        "llm.request.type" | "gen_ai.operation.name" | "otel.kind" => "set it by `operation = …`",
        "otel.name" => "set it by `name = …`",
        "error.type" => "set it by `error_type = …`",
        "llm.outcome" | "otel.status_code" => "remove it",
        _ if name.starts_with("gen_ai.response.") => "remove it; the response tells it, or `llm_span::record_response`",
        _ => "remove it; `usage` says where it is",
    }
}

/// The value, if it is right as far as can be seen here.
fn value(field: FieldArg, errors: &mut Errors) -> Option<Value> {
    let Some((sigil, given)) = field.value else { return Some(Value::Empty) };
    if is_in_body(&given) {
        errors.at(
            &given,
            "a field is not told by this word; declare it by its key alone and record it on `tracing::Span::current()`",
        );
        return None;
    }
    let attribute = known_attribute(field.key.text());
    if sigil != Sigil::None {
        return marked(sigil, given, attribute, errors);
    }
    match Constant::of(&given) {
        Some(constant) => match attribute.and_then(|attribute| refused(attribute, &constant.value)) {
            Some(message) => {
                errors.at(&given, message);
                None
            }
            None => Some(Value::Literal(constant.tokens(attribute))),
        },
        None => Some(Value::Expr(attribute.map_or(Kind::Any, |attribute| kind(attribute.ty)), given)),
    }
}

/// `%` and `?` make text.
fn marked(sigil: Sigil, given: Expr, attribute: Option<&Attribute>, errors: &mut Errors) -> Option<Value> {
    let wrong = attribute.filter(|attribute| matches!(kind(attribute.ty), Kind::Int | Kind::Double | Kind::Bool));
    if let Some(Attribute { key, ty, .. }) = wrong {
        errors.at(&given, format_args!("`{key}` is of type {ty}, `%` and `?` make text of it; leave them out"));
        return None;
    }
    Some(Value::Expr(if sigil == Sigil::Display { Kind::Display } else { Kind::Debug }, given))
}

fn kind(ty: AttributeType) -> Kind {
    match ty {
        AttributeType::Int => Kind::Int,
        AttributeType::Double => Kind::Double,
        AttributeType::Bool => Kind::Bool,
        AttributeType::String | AttributeType::StringArray => Kind::Text,
        _ => Kind::Any,
    }
}

/// Why the contract refuses a literal.
fn refused(attribute: &Attribute, value: &Observed<'_>) -> Option<String> {
    let Attribute { key, ty, example, .. } = attribute;
    let write = if *ty == AttributeType::String || *ty == AttributeType::StringArray {
        format!("{example:?}")
    } else {
        example.to_string()
    };
    if !ty.admits(value) {
        return Some(format!("`{key}` is of type {ty}, {value} is of type {}; write for example `{write}`", value.type_name()));
    }
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Some(format!("`{key}` is empty; a dashboard could not tell it from a missing one"));
    }
    match &attribute.values {
        Values::NonNegative if value.as_int().is_some_and(|number| number < 0) => Some(format!("`{key}` is never negative")),
        Values::OneOf(known) if !known.iter().any(|known| Some(&**known) == value.as_str()) => {
            Some(format!("`{key}` is one of {}", known.join(", ")))
        }
        _ => None,
    }
}

/// A value known now.
struct Constant {
    value: Observed<'static>,
    span: Span,
}

impl Constant {
    /// Strings, booleans, and numbers that fit.
    fn of(given: &Expr) -> Option<Self> {
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
    fn tokens(&self, attribute: Option<&Attribute>) -> TokenStream {
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
