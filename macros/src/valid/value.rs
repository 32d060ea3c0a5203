//! A value against the type that the contract gives to its key.

use llm_span_contract::{Attribute, AttributeType, Value as Observed, Values};
use proc_macro2::Literal;
use quote::ToTokens as _;
use syn::{Expr, ExprArray, Lit};

use super::constant::Constant;
use crate::{
    args::{Sigil, literal, ungroup},
    errors::Errors,
    model::{Kind, Value},
};

/// What a message calls the value: a field by its key, an argument by its name.
pub(crate) struct Label<'a> {
    pub(crate) name: &'a str,
    pub(crate) as_argument: bool,
}

/// The value, if it is right as far as can be seen here.
pub(crate) fn checked(
    label: &Label<'_>,
    attribute: Option<&Attribute>,
    sigil: Sigil,
    given: Expr,
    errors: &mut Errors,
) -> Option<Value> {
    if sigil != Sigil::None {
        return marked(sigil, given, attribute, errors);
    }
    if let (Some(attribute), Expr::Array(array)) =
        (attribute.filter(|attribute| kind(attribute.ty) == Kind::List), ungroup(&given))
    {
        return list(label, attribute, array, errors);
    }
    match Constant::of(&given) {
        Some(constant) => match attribute.and_then(|attribute| refused(label, attribute, &constant.value)) {
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
        AttributeType::String => Kind::Text,
        AttributeType::StringArray => Kind::List,
        _ => Kind::Any,
    }
}

/// `["a", "b"]`: of literals alone it is known now.
fn list(label: &Label<'_>, attribute: &Attribute, array: &ExprArray, errors: &mut Errors) -> Option<Value> {
    let (mut texts, mut right) = (Vec::new(), true);
    for element in &array.elems {
        match literal(element) {
            Some(Lit::Str(text)) => texts.push(text.value()),
            None => {}
            Some(other) => {
                errors.at(other, format_args!("`{}` is a list of texts; {}", label.name, label.write(attribute)));
                right = false;
            }
        }
    }
    if !right {
        return None;
    }
    if texts.len() < array.elems.len() || texts.is_empty() {
        return Some(Value::Expr(Kind::List, Expr::Array(array.clone())));
    }
    let mut text = Literal::string(&json(&texts));
    text.set_span(array.bracket_token.span.join());
    Some(Value::Literal(text.into_token_stream()))
}

/// The text of a JSON array.
fn json(texts: &[String]) -> String {
    let quoted = |text: &String| {
        let escaped = text.chars().map(|character| match character {
            '"' | '\\' => format!("\\{character}"),
            control if control.is_control() => format!("\\u{:04x}", u32::from(control)),
            plain => plain.to_string(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    };
    format!("[{}]", texts.iter().map(quoted).collect::<Vec<_>>().join(","))
}

impl Label<'_> {
    /// What to write instead.
    fn write(&self, attribute: &Attribute) -> String {
        let example = &attribute.example;
        let value = if attribute.ty == AttributeType::String { format!("{example:?}") } else { example.to_string() };
        let set = if self.as_argument { format!("{} = ", self.name) } else { String::new() };
        format!("write for example `{set}{value}`")
    }
}

/// Why the contract refuses a literal.
fn refused(label: &Label<'_>, attribute: &Attribute, value: &Observed<'_>) -> Option<String> {
    let (name, ty) = (label.name, attribute.ty);
    if !ty.admits(value) {
        let (is, write) = (value.type_name(), label.write(attribute));
        return Some(format!("`{name}` is of type {ty}, {value} is of type {is}; {write}"));
    }
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Some(format!("`{name}` is empty; a dashboard could not tell it from a missing one"));
    }
    match &attribute.values {
        Values::NonNegative if value.as_int().is_some_and(|number| number < 0) => Some(format!("`{name}` is never negative")),
        Values::OneOf(known) if !known.iter().any(|known| Some(&**known) == value.as_str()) => {
            Some(format!("`{name}` is one of {}", known.join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use llm_span_contract::known_attribute;

    use super::*;

    fn value(key: &str, given: &str) -> Result<String, Vec<String>> {
        let mut errors = Errors::default();
        let label = Label { name: key, as_argument: false };
        let value = checked(&label, known_attribute(key), Sigil::None, syn::parse_str(given).unwrap(), &mut errors);
        let value = value.map(|value| match value {
            Value::Literal(literal) => literal.to_string(),
            Value::Expr(Kind::List, given) => format!("list {}", given.to_token_stream()),
            Value::Expr(_, given) => given.to_token_stream().to_string(),
            Value::Empty => String::new(),
        });
        errors.finish(value).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_list_of_literals_is_known_now() {
        let key = "gen_ai.request.stop_sequences";
        assert_eq!(value(key, r#"["a", "\"\n"]"#).unwrap(), r#""[\"a\",\"\\\"\\u000a\"]""#);
        assert_eq!(value(key, r#"["a", end]"#).unwrap(), r#"list ["a" , end]"#);
        assert_eq!(value(key, "stops").unwrap(), "list stops");
        let refused = value(key, r#"["a", 5]"#).unwrap_err();
        assert_eq!(refused, [r#"`gen_ai.request.stop_sequences` is a list of texts; write for example `["forest"]`"#]);
    }
}
