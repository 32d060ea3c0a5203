//! Where the layer keeps what is recorded of an attribute.

use std::borrow::Cow;

use llm_span_contract::{AttributeType, Value, Values, decimal};

use super::Mask;

/// An attribute that the layer looks at.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) key: Cow<'static, str>,
    /// What is recorded of a slot without a bit is kept as it is, for the long way.
    pub(crate) bit: Mask,
    pub(crate) ty: AttributeType,
    pub(crate) values: Values,
    /// Where its number is kept.
    pub(crate) int: Option<u8>,
    /// Its number is kept in billionths.
    pub(crate) is_decimal: bool,
    /// Where its text is kept; of a boolean: `true`, or none.
    pub(crate) symbol: Option<u8>,
}

impl Slot {
    /// What was recorded, of a number as it is kept.
    pub(crate) fn number(&self, kept: i64) -> Value<'static> {
        match u64::try_from(kept) {
            Ok(billionths) if self.is_decimal => Value::Double(decimal::amount(billionths)),
            _ => Value::Int(kept),
        }
    }
}
