//! Values of attributes and the types a contract gives them.

use std::{borrow::Cow, fmt};

/// The type a contract gives to an attribute, in OpenTelemetry's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttributeType {
    /// Text.
    String,
    /// A signed 64-bit integer. An unsigned span field is exported as text by `tracing-opentelemetry`, so it is no `int`.
    Int,
    /// A 64-bit floating point number; an integer will do.
    Double,
    /// True or false.
    Bool,
    /// A list of strings. `tracing` has no list values: it is recorded as the text of a JSON array.
    StringArray,
    /// Anything.
    Any,
}

impl AttributeType {
    /// The name that OpenTelemetry's tables use: `string`, `int`, `double`, `boolean`, `string[]`, `any`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Double => "double",
            Self::Bool => "boolean",
            Self::StringArray => "string[]",
            Self::Any => "any",
        }
    }

    /// Whether `value` is of this type.
    pub fn admits(self, value: &Value<'_>) -> bool {
        match self {
            Self::String => matches!(value, Value::Str(_)),
            Self::Int => matches!(value, Value::Int(_)),
            Self::Double => matches!(value, Value::Double(_) | Value::Int(_)),
            Self::Bool => matches!(value, Value::Bool(_)),
            Self::StringArray => match value {
                Value::Str(text) => text.starts_with('[') && text.ends_with(']'),
                _ => false,
            },
            Self::Any => true,
        }
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A recorded value of an attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Text.
    Str(Cow<'a, str>),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer, as `tracing` records `u64` and `usize`.
    UInt(u64),
    /// A floating point number.
    Double(f64),
    /// True or false.
    Bool(bool),
}

impl Value<'_> {
    /// The name of this value's type, as a report says it.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Str(_) => "string",
            Self::Int(_) => "int",
            Self::UInt(_) => "unsigned int",
            Self::Double(_) => "double",
            Self::Bool(_) => "boolean",
        }
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer value, signed or not, where it fits.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::UInt(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The count that a number stands for, whatever its type: whole, at least 0, and not too large to be told exactly. A text is
    /// none here.
    ///
    /// ```
    /// use llm_span_contract::Value;
    ///
    /// assert_eq!(Value::from(128.0).as_count(), Some(128));
    /// assert_eq!(Value::from(0.5).as_count(), None);
    /// assert_eq!(Value::from(u64::MAX).as_count(), None);
    /// ```
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    pub fn as_count(&self) -> Option<i64> {
        /// Above it a double skips whole numbers.
        const EXACT: f64 = 9e15;
        match self {
            Self::Double(number) => (number.fract() == 0.0 && (0.0..EXACT).contains(number)).then_some(*number as i64),
            number => number.as_int().filter(|number| *number >= 0),
        }
    }

    /// The same value, borrowing nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Str(text) => Value::Str(Cow::Owned(text.into_owned())),
            Self::Int(number) => Value::Int(number),
            Self::UInt(number) => Value::UInt(number),
            Self::Double(number) => Value::Double(number),
            Self::Bool(flag) => Value::Bool(flag),
        }
    }
}

/// Text in quotes, everything else bare; long text is cut, so that a report never carries a prompt.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 80;
        match self {
            Self::Str(text) => match text.char_indices().nth(SHOWN) {
                None => write!(f, "{text:?}"),
                Some((cut, _)) => write!(f, "{:?}…", &text[..cut]),
            },
            Self::Int(number) => write!(f, "{number}"),
            Self::UInt(number) => write!(f, "{number}"),
            Self::Double(number) => write!(f, "{number:?}"),
            Self::Bool(flag) => write!(f, "{flag}"),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Str(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::UInt(number)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}
