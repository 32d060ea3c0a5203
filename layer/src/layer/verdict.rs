//! The long way: what is wrong with a span that is not clean, by `Contracts::check`.

use llm_span_contract::{AttributeType, Finding, Observed, Value, decimal, keys};

use super::{
    intern::{Interner, Symbol},
    schema::{Schema, Slot},
    state::{NO_COUNT, State},
};
use crate::metrics::cut;

/// What a text was that the layer did not keep: only label texts and suspicious values are.
const NOT_KEPT: &str = "…";
const NOT_KEPT_LIST: &str = "[…]";

/// Checks what was recorded on a span.
pub(super) fn findings(schema: &Schema, interner: &Interner, name: &str, state: &State) -> Vec<Finding> {
    schema.contracts.check(&observed(schema, interner, name, state))
}

fn observed<'a>(schema: &'a Schema, interner: &Interner, name: &'a str, state: &'a State) -> Observed<'a> {
    let mut observed = Observed::new(name);
    for (key, value) in state.evidence.iter().flat_map(|evidence| evidence.iter()) {
        observed.record(key.as_str(), value.clone());
    }
    for slot in schema.slots.iter().filter(|slot| state.present & slot.bit != 0) {
        let current = current(slot, interner, state);
        match observed.get(&slot.key) {
            Some(kept) if current.is_said_by(kept, slot) => {}
            _ => observed.record(slot.key.as_ref(), current.into_value()),
        }
    }
    if state.failed {
        observed.record(keys::OTEL_STATUS_CODE, "ERROR");
    }
    observed
}

/// The value that holds.
enum Current {
    /// As it was kept: a number of a count that is none is [`NO_COUNT`].
    Kept(Value<'static>),
    /// One of the attribute's type: what was recorded was not kept, as nothing is wrong with it.
    Any(Value<'static>),
}

impl Current {
    fn into_value(self) -> Value<'static> {
        let (Self::Kept(value) | Self::Any(value)) = self;
        value
    }

    /// Whether evidence is the record that holds, in the form it was recorded in.
    fn is_said_by(&self, kept: &Value<'_>, slot: &Slot) -> bool {
        match self {
            Self::Any(_) => true,
            Self::Kept(current) => says_the_same(kept, current, slot),
        }
    }
}

fn current(slot: &Slot, interner: &Interner, state: &State) -> Current {
    if let Some(place) = slot.int {
        return Current::Kept(slot.number(state.ints[usize::from(place)]));
    }
    let symbol = slot.symbol.map(|place| state.symbols[usize::from(place)]);
    if let (Some(symbol), AttributeType::Bool) = (symbol, slot.ty) {
        return Current::Kept(Value::Bool(interner.text(symbol).as_deref() == Some("true")));
    }
    if slot.key == keys::GEN_AI_OPERATION_NAME && slot.ty == AttributeType::Any {
        // No contract states it: what counts is what was understood of it. A label text may stand for a number.
        return Current::Any(match state.operation {
            Some(operation) => Value::from(operation.name()),
            None if state.is_other => Value::from(NOT_KEPT),
            None => Value::Bool(false),
        });
    }
    match (symbol.and_then(|symbol| text(symbol, interner, state)), slot.ty) {
        (Some(text), _) => Current::Kept(Value::from(text)),
        // What a text says of the operation is kept where the text is not.
        (None, _) if slot.key == keys::LLM_REQUEST_TYPE => Current::Any(Value::from(state.request_type().unwrap_or(NOT_KEPT))),
        (None, AttributeType::Double) => Current::Any(Value::Double(0.0)),
        (None, AttributeType::Bool) => Current::Any(Value::Bool(false)),
        (None, AttributeType::StringArray) => Current::Any(Value::from(NOT_KEPT_LIST)),
        (None, _) => Current::Any(Value::from(NOT_KEPT)),
    }
}

/// The text of a symbol. One that had no room may have had some under another attribute; else it is told apart by its hash.
fn text(symbol: Symbol, interner: &Interner, state: &State) -> Option<String> {
    let kept = state.symbols.iter().filter(|other| interner.same(symbol, **other)).find_map(|other| interner.text(*other));
    kept.map(|text| text.to_string()).or_else(|| symbol.unkept().map(|hash| format!("{NOT_KEPT}{hash:08x}")))
}

/// Whether a kept value is the current one.
fn says_the_same(kept: &Value<'_>, current: &Value<'_>, slot: &Slot) -> bool {
    match (kept, current) {
        // A flag and an amount are told exactly by evidence of their own type; evidence of another type is the record itself.
        (Value::Bool(kept), Value::Bool(current)) => kept == current,
        (Value::Double(kept), Value::Double(_)) if slot.is_decimal => {
            decimal::billionths(*kept).map(decimal::amount).is_none_or(|kept| Value::Double(kept) == *current)
        }
        (Value::Int(_), Value::Int(NO_COUNT)) if slot.is_decimal => true,
        // Text, a fraction, a number out of range: what the slot holds of it is no record of its own.
        (Value::Str(_) | Value::Bool(_) | Value::Double(_) | Value::UInt(_), Value::Int(NO_COUNT))
        | (Value::Str(_), Value::Int(_))
        | (_, Value::Double(_) | Value::Bool(_)) => true,
        (_, Value::Str(text)) if text.starts_with(NOT_KEPT) => true,
        (Value::Str(kept), Value::Str(current)) => cut(kept) == current,
        (Value::Int(_) | Value::UInt(_) | Value::Double(_), Value::Str(current)) => kept.to_string() == *current,
        (Value::UInt(_), Value::Int(current)) => kept.as_int() == Some(*current),
        (Value::Double(kept), Value::Int(current)) => format!("{kept:.0}") == current.to_string(),
        (kept, current) => kept == current,
    }
}
