//! The values of attributes.

use std::{collections::BTreeMap, fmt};

use opentelemetry::{Array, KeyValue, Value as OtelValue};
use serde_json::Value as Json;

/// Attributes by their keys.
pub type Attributes = BTreeMap<String, Value>;

/// The value of an attribute, as it is kept in the file.
///
/// ```
/// use llm_span::store::Value;
///
/// assert_eq!(Value::from("gpt-4o").to_string(), "gpt-4o");
/// assert_eq!(Value::from(192).as_i64(), Some(192));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite fraction. Others are kept as texts: `NaN`, `Infinity`, `-Infinity`.
    Float(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Value>),
}

impl Value {
    /// The text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The whole number, where it is one.
    pub const fn as_i64(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The number, where it is one.
    #[expect(clippy::cast_precision_loss, reason = "a double is what is asked for")]
    pub const fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// As JSON, as it stands in the file.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Float(value) => float(*value),
            Self::Text(value) => value.as_str().into(),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
        }
    }

    /// What a file has that others have written to may be anything: objects are kept as their text.
    pub(crate) fn of_json(json: Json) -> Option<Self> {
        Some(match json {
            Json::Null => return None,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => Self::Float(number.as_f64()?),
            },
            Json::String(text) => Self::Text(text),
            Json::Array(values) => Self::List(values.into_iter().filter_map(Self::of_json).collect()),
            object @ Json::Object(_) => Self::Text(object.to_string()),
        })
    }
}

/// A text plain, a list as JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            other => other.to_json().fmt(f),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

/// JSON has finite numbers only.
pub(crate) fn float(value: f64) -> Json {
    if value.is_finite() { value.into() } else { no_number(value).into() }
}

/// How a file calls what is no finite number.
pub(crate) fn no_number(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// A value of OpenTelemetry as JSON.
pub(crate) fn of_otel(value: &OtelValue) -> Json {
    match value {
        OtelValue::Bool(value) => (*value).into(),
        OtelValue::I64(value) => (*value).into(),
        OtelValue::F64(value) => float(*value),
        OtelValue::String(value) => value.as_str().into(),
        OtelValue::Array(Array::Bool(values)) => values.iter().copied().collect(),
        OtelValue::Array(Array::I64(values)) => values.iter().copied().collect(),
        OtelValue::Array(Array::F64(values)) => values.iter().copied().map(float).collect(),
        OtelValue::Array(Array::String(values)) => values.iter().map(opentelemetry::StringValue::as_str).collect(),
        other => other.to_string().into(),
    }
}

/// A JSON object of OpenTelemetry's attributes. Of a key that is there twice the last value holds.
pub(crate) fn object<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Json {
    attributes
        .into_iter()
        .map(|attribute| (attribute.key.as_str().to_owned(), of_otel(&attribute.value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The attributes that a JSON object of the file has.
pub(crate) fn read(text: &str) -> Attributes {
    let Ok(Json::Object(members)) = serde_json::from_str(text) else { return Attributes::new() };
    members.into_iter().filter_map(|(key, value)| Value::of_json(value).map(|value| (key, value))).collect()
}
