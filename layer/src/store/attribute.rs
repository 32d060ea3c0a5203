//! Conditions on attributes.

use rusqlite::types::Value as SqlValue;

use super::{Value, conditions::Conditions};

/// What an attribute has to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Is {
    Present,
    Equal(Value),
    Above(f64),
}

impl Is {
    /// Compares keys and values as they are: a path of JSON would give quotes and dots a meaning.
    pub(super) fn add(&self, key: &str, conditions: &mut Conditions) {
        const PRESENT: &str = "EXISTS (SELECT 1 FROM json_each(spans.attributes) WHERE key = ?)";
        const TEXT: &str = "EXISTS (SELECT 1 FROM json_each(spans.attributes) WHERE key = ? AND type = 'text' AND atom = ?)";
        const NUMBER: &str =
            "EXISTS (SELECT 1 FROM json_each(spans.attributes) WHERE key = ? AND type IN ('integer', 'real') AND atom = ?)";
        const BOOL: &str = "EXISTS (SELECT 1 FROM json_each(spans.attributes) WHERE key = ? AND type = ?)";
        const LIST: &str = "EXISTS (SELECT 1 FROM json_each(spans.attributes) WHERE key = ? AND type = 'array' AND value = ?)";
        const ABOVE: &str =
            "EXISTS (SELECT 1 FROM json_each(spans.attributes) WHERE key = ? AND type IN ('integer', 'real') AND atom > ?)";
        let key = SqlValue::Text(key.to_owned());
        match self {
            Self::Present => conditions.and(PRESENT, [key]),
            Self::Above(bound) => conditions.and(ABOVE, [key, SqlValue::Real(*bound)]),
            Self::Equal(Value::Text(text)) => conditions.and(TEXT, [key, SqlValue::Text(text.clone())]),
            Self::Equal(Value::Int(number)) => conditions.and(NUMBER, [key, SqlValue::Integer(*number)]),
            // What is no number stands there as a text.
            Self::Equal(Value::Float(number)) if !number.is_finite() => {
                conditions.and(TEXT, [key, SqlValue::Text(super::value::no_number(*number).to_owned())]);
            }
            Self::Equal(Value::Float(number)) => conditions.and(NUMBER, [key, SqlValue::Real(*number)]),
            Self::Equal(Value::Bool(value)) => conditions.and(BOOL, [key, SqlValue::Text(value.to_string())]),
            Self::Equal(list @ Value::List(_)) => conditions.and(LIST, [key, SqlValue::Text(list.to_json().to_string())]),
        }
    }
}
